import { z } from 'zod';
import { DETECTORS } from '../../estimators/anomaly/detectors.estimator.js';
import { FieldPath } from '../definition/field.js';
import { groupColumns } from '../windows/window.schema.js';

const NAMES = DETECTORS.map(({ name }) => name) as [string, ...string[]];

/** Columns of every row, beside those of groups and values. */
export const OWN_COLUMNS = ['time', 'score', 'expected', 'reason'] as const;

export const columnOf = (path: string): string => groupColumns([path])[0].column;

/** A search for what is unusual in the values of events, as they come: the key `detect` of a stream. */
export const DetectOptions = z
  .strictObject({
    values: z
      .array(FieldPath)
      .min(1)
      .max(50)
      .meta({
        description: 'Fields that hold numbers: one, or several that half_space_trees looks at together',
        examples: [['temperature']],
      }),
    group_by: z.array(FieldPath).default([]).meta({
      description:
        'Each combination of their values is a series of its own; it keeps its order when it is the key of the messages',
    }),
    detector: z
      .enum(NAMES)
      .default('seasonal')
      .meta({ description: DETECTORS.map(({ name, description }) => `${name}: ${description}`).join(' ') }),
    params: z.record(z.string(), z.unknown()).default({}).meta({ description: 'Of the detector; each has a default' }),
    threshold: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .meta({ description: 'An event whose score is not below is an anomaly; at 0.5 the detector itself says that it is' }),
    rows: z
      .enum(['anomalies', 'all'])
      .default('anomalies')
      .meta({ description: 'anomalies: a row for each; all: for each event, with its score' }),
  })
  .superRefine(({ values, group_by, detector, params }, issues) => {
    const columns: string[] = [...OWN_COLUMNS];
    for (const key of ['group_by', 'values'] as const) {
      for (const [index, path] of { values, group_by }[key].entries()) {
        const column = columnOf(path);
        if (columns.includes(column)) {
          issues.addIssue({ code: 'custom', message: `"${column}" is a column already`, path: [key, index] });
        }
        columns.push(column);
      }
    }
    const kind = kindOf(detector);
    if (kind.takes === 'one' && values.length > 1) {
      issues.addIssue({
        code: 'custom',
        message: `has one field only for ${detector}; half_space_trees takes several`,
        path: ['values'],
      });
    }
    for (const { message, path } of kind.params.safeParse(params).error?.issues ?? []) {
      issues.addIssue({ code: 'custom', message, path: ['params', ...path] });
    }
  });
export type DetectOptions = z.output<typeof DetectOptions>;

/** @param name one of those that the schema allows */
export const kindOf = (name: string) => DETECTORS.find((kind) => kind.name === name)!;
