import type { Finding } from './anomaly.types.js';

export const NOTHING_KNOWN: Finding = { score: 0, expected: null, reason: '' };

/** How surprising, against what is still allowed: 0.5 at the limit, and nearer to 1 the farther beyond. */
export const scoreOf = (surprise: number, limit: number): number => (surprise === Infinity ? 1 : surprise / (surprise + limit));

/** Of as much as a reader takes in. */
export const written = (value: number): string => String(Number(value.toPrecision(4)));

/** In units of the scale: one that has never changed allows no deviation at all. */
export const deviations = (deviation: number, scale: number): number => (deviation === 0 ? 0 : Math.abs(deviation) / scale);

/** @param surprise in deviations */
export function findingOf(value: number, expected: number, surprise: number, limit: number): Finding {
  const score = scoreOf(surprise, limit);
  if (score < 0.5) return { score, expected, reason: '' };
  const side = value > expected ? 'above' : 'below';
  const distance = surprise === Infinity ? 'and it has never been another value' : `${written(surprise)} deviations`;
  return { score, expected, reason: `${written(value)} is ${side} the ${written(expected)} expected, ${distance}` };
}
