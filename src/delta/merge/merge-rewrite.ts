import type { StructField } from '../schema/delta-type.js';
import { quoteIdentifier, typeToSql } from '../schema/sql-type.js';
import type { Layout, StagedRows } from '../write/file-staging.js';
import { numberOf, valueOf } from './merge-clauses.js';
import type { Matches } from './merge-join.js';
import { type Candidate, CLAUSE, FILE, type MergeSides, ROW, SOURCE_ROW, sourceOf, targetOf } from './merge-sides.js';

/** The rows of some files as the merge leaves them. */
export function rewrittenRows(
  sides: MergeSides,
  { taken }: Matches,
  files: readonly Candidate[],
  layout: Layout,
): Promise<StagedRows> {
  const { base, staging, clauses } = sides;
  const numbered = [...clauses.matched, ...clauses.notMatchedBySource];
  const known = new Set(base.fields.map(({ name }) => name));
  const columns = layout.fields.map((field) =>
    valueOf(field, numbered, `taken.${CLAUSE}`, known.has(field.name) ? `target.${quoteIdentifier(field.name)}` : nothing(field)),
  );
  const updates = numbered.flatMap(({ action }, index) => (action === 'update' ? [`taken.${CLAUSE} = ${index}`] : []));
  const sql =
    `SELECT ${columns.join(', ')} FROM target LEFT JOIN taken ON target.${ROW} = taken.${ROW} AND target.${FILE} = taken.${FILE} ` +
    `AND taken.${CLAUSE} IS NOT NULL LEFT JOIN source ON source.${SOURCE_ROW} = taken.${SOURCE_ROW} ` +
    `WHERE ${[`taken.${CLAUSE} IS NULL`, ...updates].join(' OR ')}`;
  const tables = { target: targetOf(sides, files), taken: staging.relation(taken), source: sourceOf(sides) };
  return staging.stage({ sql, tables }, layout);
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
