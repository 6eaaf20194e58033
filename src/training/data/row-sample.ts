import { seededRandom } from '../learning/seeded.js';

/**
 * Draws rows as they come by: exactly so many of all, each set of rows as likely as any other, in their order (Knuth, The Art of
 * Computer Programming 2, algorithm 3.4.2 S).
 * @param rows how many come by in all
 * @param wanted how many are kept, of `rows` at most
 * @returns to be told the length of each chunk; gives the indices to keep, or undefined for all of them
 */
export function rowSample(rows: number, wanted: number, seed: number): (length: number) => number[] | undefined {
  if (wanted >= rows) return () => undefined;
  const random = seededRandom(seed);
  let left = rows;
  let missing = wanted;
  return (length) => {
    const kept: number[] = [];
    for (let row = 0; row < length; row++, left--) {
      if (random() * left >= missing) continue;
      kept.push(row);
      missing--;
    }
    return kept;
  };
}
