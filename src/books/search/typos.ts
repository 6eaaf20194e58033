/**
 * How many letters must be put in, left out, exchanged or swapped with their neighbour to make one word of the other (optimal
 * string alignment, the restricted Damerau-Levenshtein distance).
 * @returns at most `limit + 1`, which stands for every distance above the limit
 */
export function typosBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let [beforeLast, last, row] = [b, b, b].map((word) => new Uint16Array(word.length + 1));
  for (let j = 0; j <= b.length; j++) last[j] = j;
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
      least = Math.min(least, row[j]);
    }
    if (least > limit) return limit + 1;
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return Math.min(last[b.length], limit + 1);
}

/** As many as leave the word recognisable: none below three letters, one up to five, two beyond. */
export const typosAllowed = ({ length }: string): number => (length < 3 ? 0 : length < 6 ? 1 : 2);
