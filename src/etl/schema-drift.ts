import type { SchemaChange } from '../catalog/catalog.types.js';
import type { Column } from '../engines/sql/sql.port.js';
import { SchemaDriftError } from './etl.errors.js';
import type { ColumnChange } from './etl.types.js';
import { ADDED_COLUMNS } from './reading/column-names.js';
import type { ReceivedColumn } from './reading/received-file.js';

export type DriftPolicy = 'evolve' | 'quarantine' | 'fail';

/** @param present columns of the table; none where there is no table, and then there is nothing to differ from */
export function changesBetween(present: readonly Column[], received: readonly Column[]): ColumnChange[] {
  if (present.length === 0) return [];
  const lacking = (columns: readonly Column[]): ((column: Column) => boolean) => {
    const names = new Set([...columns.map(({ name }) => name.toLowerCase()), ...ADDED_COLUMNS]);
    return ({ name }) => !names.has(name.toLowerCase());
  };
  return [
    ...received.filter(lacking(present)).map(({ name, type }) => ({ change: 'added' as const, column: name, type })),
    ...present.filter(lacking(received)).map(({ name, type }) => ({ change: 'missing' as const, column: name, type })),
  ];
}

/** @throws {SchemaDriftError} */
export function refuseDrift(table: string, file: string, policy: DriftPolicy, changes: readonly ColumnChange[]): void {
  if (policy === 'fail' && changes.length > 0) throw new SchemaDriftError(table, file, changes);
}

/** Under `quarantine` a column that the table does not have is not written: a row that has a value in it does not fit. */
export function withoutAdded(columns: readonly ReceivedColumn[], changes: readonly ColumnChange[]): ReceivedColumn[] {
  const added = new Set(changes.filter(({ change }) => change === 'added').map(({ column }) => column));
  return columns.map((column) => (added.has(column.name) ? { ...column, unknown: true } : column));
}

/** As the catalogue keeps them. */
export const recorded = (changes: readonly ColumnChange[]): SchemaChange[] =>
  changes.map(({ change, column, type }) => {
    const [from, to] = change === 'missing' ? [type, null] : [null, type];
    return { change, column, from, to };
  });
