import { BINS } from './feature-bins.js';

/*
 * How a node decides, in 32 bits, so that a walk through a tree touches eight bytes a node.
 *
 * Numbers:    bits 0–15 the feature, 16–23 the cut, 24 the shift. A row goes right when (bin − shift) mod 256 > cut. Missing is
 *             bin 0: without a shift it is the smallest value and goes left, with a shift of 1 the largest and goes right.
 * Categories: negative, the complement of an index into the subsets, each SUBSET_WORDS long: the feature, then one bit for each
 *             bin that goes right.
 * Leaves:     feature 0 and a cut that nothing exceeds; as a leaf is its own left child, a walk may go on and stays.
 */

export const MOST_FEATURES = 2 ** 16;
export const SUBSET_WORDS = 1 + BINS / 32;
export const LEAF = (BINS - 1) << 16;

/** @param cut the last bin on the left, 0 for missing alone */
export const numberRule = (feature: number, cut: number, missingLeft: boolean): number =>
  missingLeft ? feature | (cut << 16) : feature | ((cut - 1) << 16) | (1 << 24);

export const subsetRule = (subset: number): number => ~subset;

/** @returns 1 when a bin goes right by the rule of a number, else 0: the sign of a difference, as a comparison would be a branch */
export const goesRight = (rule: number, bin: number): number => (((rule >> 16) & 255) - ((bin - (rule >> 24)) & 255)) >>> 31;

/** @param start of the bits among the words. @returns 1 when the bin is in the subset, else 0 */
export const isInSubset = (words: Uint32Array, start: number, bin: number): number =>
  (words[start + (bin >>> 5)] >>> (bin & 31)) & 1;
