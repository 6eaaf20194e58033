/**
 * A fraction from 0 up to, and without, 1, that looks random and hangs on these whole numbers alone: each is stirred in by the finaliser
 * of MurmurHash3 (Austin Appleby).
 */
export function scattered(...numbers: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}

/** The sum of so many fractions less its mean: a bell that never leaves its bounds. */
export function bell(fractions: number, ...numbers: readonly number[]): number {
  let sum = -fractions / 2;
  for (let index = 0; index < fractions; index++) sum += scattered(...numbers, index);
  return sum;
}
