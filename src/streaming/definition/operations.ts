import type { Operator } from '../processing/operator.types.js';
import { openWindows } from '../windows/open-windows.js';
import { AggregateOptions } from '../windows/window.schema.js';

/** What a stream can do with its events: the schema of each key, of which a file has one. */
export const OPERATIONS = {
  aggregate: AggregateOptions.optional().meta({ description: 'Aggregates of the events of each window and group' }),
} as const;

export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

export interface Operations {
  readonly aggregate?: AggregateOptions | undefined;
}

/** @param operations of which one is there */
export function openOperator(operations: Operations): Operator {
  if (operations.aggregate) return openWindows(operations.aggregate);
  throw new TypeError(`A stream needs one of ${OPERATION_NAMES.join(', ')}.`);
}
