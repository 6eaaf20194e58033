import { z } from 'zod';
import { isAlarmed, PageHinkley, type Sensitivity, UNDISTURBED, withError } from './page-hinkley.js';

/** Errors are in standard deviations of salario: a rise by a twentieth of one is none, and one of a third is heard after some 50 rows. */
const SENSITIVITY: Sensitivity = { tolerance: 0.05, threshold: 15 };

/** What is known of the errors of one version of the model. */
export const DriftWatch = z.object({
  model: z.string(),
  test: PageHinkley,
  /** The generation after which the errors began to rise. */
  calmThrough: z.int(),
});
export type DriftWatch = z.output<typeof DriftWatch>;

export interface ModelError {
  readonly generation: number;
  /** Without a sign, in standard deviations of salario. */
  readonly error: number;
}

/**
 * @param watch of the version before is begun anew
 * @returns the watch, and the generation with which the world changed once it is sure of that
 */
export function watchErrors(
  watch: DriftWatch | null,
  model: string,
  errors: readonly ModelError[],
): { watch: DriftWatch; changedAt?: number } {
  let { test, calmThrough } = watch?.model === model ? watch : { test: UNDISTURBED, calmThrough: -1 };
  for (const { generation, error } of errors) {
    test = withError(test, error, SENSITIVITY);
    if (test.leastAt === test.count || calmThrough < 0) calmThrough = generation;
    if (isAlarmed(test, SENSITIVITY)) return { watch: { model, test: UNDISTURBED, calmThrough: -1 }, changedAt: calmThrough };
  }
  return { watch: { model, test, calmThrough } };
}
