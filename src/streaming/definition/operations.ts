import { DetectOptions } from '../detecting/detect.schema.js';
import { Detection } from '../detecting/detection.js';
import type { Operator } from '../processing/operator.types.js';
import { openWindows } from '../windows/open-windows.js';
import { AggregateOptions } from '../windows/window.schema.js';

/** What a stream can do with its events: the schema of each key, of which a file has one. */
export const OPERATIONS = {
  aggregate: AggregateOptions.optional().meta({ description: 'Aggregates of the events of each window and group' }),
  detect: DetectOptions.optional().meta({ description: 'What is unusual among the events, as they come' }),
} as const;

export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

export interface Operations {
  readonly aggregate?: AggregateOptions | undefined;
  readonly detect?: DetectOptions | undefined;
}

/** @param operations of which one is there */
export function openOperator(operations: Operations): Operator {
  if (operations.aggregate) return openWindows(operations.aggregate);
  if (operations.detect) return new Detection(operations.detect);
  throw new TypeError(`A stream needs one of ${OPERATION_NAMES.join(', ')}.`);
}
