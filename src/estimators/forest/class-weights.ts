import type { Target } from '../estimator.types.js';
import { InvalidParametersError } from '../estimators.errors.js';

export type ClassWeight = 'balanced' | Readonly<Record<string, number>>;

/**
 * @returns by class; nothing when all weigh the same
 * @throws {InvalidParametersError} for weights in a regression, or of a class that the target does not have
 */
export function classWeights(estimator: string, target: Target, weight: ClassWeight | undefined): number[] {
  if (target.problem === 'regression') {
    if (weight === undefined) return [];
    throw new InvalidParametersError(estimator, [
      { path: 'class_weight', message: 'a regression has no classes to weigh; leave it out' },
    ]);
  }
  if (weight === 'balanced') return balanced(target);
  if (weight === undefined) return [];
  const labels = target.classes.map(String);
  const strangers = Object.keys(weight).filter((label) => !labels.includes(label));
  if (strangers.length > 0) {
    const message = `the target has no such class, but ${labels.join(', ')}`;
    throw new InvalidParametersError(
      estimator,
      strangers.map((label) => ({ path: `class_weight.${label}`, message })),
    );
  }
  return labels.map((label) => weight[label] ?? 1);
}

/** Such that all classes that occur weigh the same, and the mean row weighs 1. */
function balanced({ classes, codes }: Extract<Target, { problem: 'classification' }>): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const code of codes) counts[code]++;
  const there = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count > 0 ? codes.length / (there * count) : 1));
}
