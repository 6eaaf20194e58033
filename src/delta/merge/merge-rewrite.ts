import type { StructField } from '../schema/delta-type.js';
import { quoteIdentifier, typeToSql } from '../schema/sql-type.js';
import type { Layout, StagedRows } from '../write/file-staging.js';
import { numberOf, type ReadClause, valueOf } from './merge-clauses.js';
import type { Matches } from './merge-join.js';
import { type Candidate, CLAUSE, FILE, type MergeSides, ROW, SOURCE_ROW, sourceOf, targetOf } from './merge-sides.js';

/** The rows of some files as the merge leaves them: those that it does not take, and behind them those that it changed. */
export function rewrittenRows(
  sides: MergeSides,
  { taken }: Matches,
  files: readonly Candidate[],
  layout: Layout,
): Promise<StagedRows> {
  const { base, staging, clauses } = sides;
  const known = new Set(base.fields.map(({ name }) => name));
  const before = (field: StructField): string =>
    known.has(field.name) ? `target.${quoteIdentifier(field.name)}` : nothing(field);
  const kept = layout.fields.map((field) => `${before(field)} AS ${quoteIdentifier(field.name)}`);
  const sql = [
    `SELECT ${kept.join(', ')} FROM target ANTI JOIN (FROM taken WHERE ${CLAUSE} IS NOT NULL) AS taken ON ${SAME_ROW}`,
    ...changedRows([...clauses.matched, ...clauses.notMatchedBySource], layout, before),
  ].join('\nUNION ALL\n');
  const tables = { target: targetOf(sides, files), taken: staging.relation(taken), source: sourceOf(sides) };
  return staging.stage({ sql, tables }, layout);
}

const SAME_ROW = `target.${ROW} = taken.${ROW} AND target.${FILE} = taken.${FILE}`;

/** @param before SQL for what a row held @returns SELECTs of the rows that clauses update; none when no clause does */
function changedRows(clauses: readonly ReadClause[], { fields }: Layout, before: (field: StructField) => string): string[] {
  const updates = clauses.flatMap(({ action }, index) => (action === 'update' ? [index] : []));
  if (updates.length === 0) return [];
  // Of rows that take nothing but values of the source nothing has to be read again.
  const ofSource = updates.every((index) =>
    fields.every(({ name }) => !/\btarget\b/i.test(clauses[index].set.get(name) ?? 'target')),
  );
  const values = fields.map((field) => valueOf(field, clauses, `taken.${CLAUSE}`, ofSource ? nothing(field) : before(field)));
  const target = ofSource ? '' : `JOIN target ON ${SAME_ROW} `;
  return [
    `SELECT ${values.join(', ')} FROM taken ${target}LEFT JOIN source ON source.${SOURCE_ROW} = taken.${SOURCE_ROW} ` +
      `WHERE taken.${CLAUSE} IN (${updates.join(', ')})`,
  ];
}

/** The rows of the source that match none of the table, as far as a clause takes them. */
export function insertedRows(sides: MergeSides, { pairs }: Matches, layout: Layout): Promise<StagedRows> {
  const { staging, clauses } = sides;
  const columns = layout.fields.map((field) => valueOf(field, clauses.notMatched, CLAUSE, nothing(field)));
  const unmatched =
    `SELECT source.*, ${numberOf(clauses.notMatched)} AS ${CLAUSE} FROM source ` +
    `ANTI JOIN pairs ON source.${SOURCE_ROW} = pairs.${SOURCE_ROW}`;
  const sql = `SELECT ${columns.join(', ')} FROM (${unmatched}) AS source WHERE ${CLAUSE} IS NOT NULL`;
  return staging.stage({ sql, tables: { source: sourceOf(sides), pairs: staging.relation(pairs) } }, layout);
}

const nothing = ({ name, type }: StructField): string => `CAST(NULL AS ${typeToSql(type, name)})`;
