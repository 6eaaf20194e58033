/**
 * The area under the ROC curve: the share of pairs, one row of the class and one of the rest, that the scores put in the right
 * order; a tie counts half (Mann–Whitney U).
 * @param scores higher for the class
 * @returns NaN when one of the two sides has no row
 */
export function areaUnderRoc(isClass: Uint8Array, scores: Float64Array): number {
  // Each side is sorted as bare numbers, natively: no comparator, no indices.
  const inside = scores.filter((_, row) => isClass[row] === 1).sort();
  const outside = scores.filter((_, row) => isClass[row] === 0).sort();
  let won = 0;
  let below = 0;
  let upTo = 0;
  for (const score of inside) {
    while (below < outside.length && outside[below] < score) below++;
    while (upTo < outside.length && outside[upTo] <= score) upTo++;
    won += (below + upTo) / 2;
  }
  return won / (inside.length * outside.length);
}
