import { z } from 'zod';
import { FieldPath, readerOf } from './field.js';

const Scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'is text, a number, or true or false' });
const Bound = z.union([z.number(), z.string()], { error: 'is a number or text' });

/** What must be true of a field; several tests must all be. */
export const Condition = z
  .strictObject({
    field: FieldPath,
    equals: Scalar.optional(),
    not: Scalar.optional().meta({ description: 'Any other value, or none' }),
    in: z.array(Scalar).min(1).optional(),
    above: Bound.optional().meta({ description: 'Greater than; numbers by value, text by its letters' }),
    at_least: Bound.optional(),
    below: Bound.optional(),
    at_most: Bound.optional(),
    present: z.boolean().optional().meta({ description: 'Whether there is a value' }),
  })
  .refine(({ field: _, ...tests }) => Object.keys(tests).length > 0, {
    message: 'needs a test: equals, not, in, above, at_least, below, at_most or present',
  });
export type Condition = z.output<typeof Condition>;

type Test = (given: unknown) => boolean;

/** A value of another kind than the bound fulfils no comparison with it. */
const compared =
  (bound: number | string, holds: (given: number | string, bound: number | string) => boolean): Test =>
  (given) =>
    typeof given === typeof bound && holds(given as number | string, bound);

function testsOf({ equals, not, in: among, above, at_least, below, at_most, present }: Condition): Test[] {
  const tests: (Test | undefined)[] = [
    equals === undefined ? undefined : (given) => given === equals,
    not === undefined ? undefined : (given) => given !== not,
    among === undefined ? undefined : (given) => (among as unknown[]).includes(given),
    above === undefined ? undefined : compared(above, (given, bound) => given > bound),
    at_least === undefined ? undefined : compared(at_least, (given, bound) => given >= bound),
    below === undefined ? undefined : compared(below, (given, bound) => given < bound),
    at_most === undefined ? undefined : compared(at_most, (given, bound) => given <= bound),
    present === undefined ? undefined : (given) => (given !== undefined && given !== null) === present,
  ];
  return tests.filter((test) => test !== undefined);
}

/** @returns whether an event fulfils all conditions */
export function filterOf(conditions: readonly Condition[]): (value: Readonly<Record<string, unknown>>) => boolean {
  const checks = conditions.map((condition) => ({ read: readerOf(condition.field), tests: testsOf(condition) }));
  return (value) =>
    checks.every(({ read, tests }) => {
      const given = read(value);
      return tests.every((test) => test(given));
    });
}
