import type { SchemaChange } from './catalog.types.js';
import type { SchemaChangeEntity } from './dataset.entity.js';
import type { DatasetColumn, SchemaChangeItem } from './dataset.schema.js';

/** The changes that are known, and those that two versions of a table's columns show beside them. */
export function withDifferences(
  known: readonly SchemaChange[],
  before: readonly DatasetColumn[],
  after: readonly DatasetColumn[],
): SchemaChange[] {
  const told = new Set(known.map(({ column }) => column));
  const [old, current] = [before, after].map((columns) => new Map(columns.map(({ name, type }) => [name, type])));
  const differences = [...new Set([...old.keys(), ...current.keys()])].flatMap((column): SchemaChange[] => {
    const [from, to] = [old.get(column) ?? null, current.get(column) ?? null];
    if (from === to || told.has(column)) return [];
    return [{ change: from === null ? 'added' : to === null ? 'removed' : 'retyped', column, from, to }];
  });
  return [...known, ...differences];
}

export const toSchemaChange = ({
  change,
  column,
  from,
  to,
  version,
  runId,
  changedAt,
}: SchemaChangeEntity): SchemaChangeItem => ({
  change,
  column,
  from,
  to,
  version,
  run_id: runId,
  changed_at: changedAt.toISOString(),
});
