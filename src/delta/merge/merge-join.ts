import { AmbiguousMergeError } from '../delta.errors.js';
import type { StructField } from '../schema/delta-type.js';
import { quoteIdentifier } from '../schema/sql-type.js';
import type { Layout, StagedRows } from '../write/file-staging.js';
import { numberOf } from './merge-clauses.js';
import { type Candidate, CLAUSE, FILE, type MergeSides, ROW, SOURCE_ROW, sourceOf, targetOf } from './merge-sides.js';

/** Which rows match, and which clause takes each row of the table. */
export interface Matches {
  /** Pairs of rows that match. The clause is NULL where none takes them. */
  readonly pairs: StagedRows;
  /** The same, with the rows of the table that match nothing and are taken nevertheless. */
  readonly taken: StagedRows;
  /** Files with a row that a clause takes. */
  readonly touched: readonly Candidate[];
  /** Files with a row that matches or is taken. */
  readonly read: readonly Candidate[];
  readonly updated: number;
  readonly deleted: number;
}

const aField = (name: string, type: string): StructField => ({ name, type, nullable: true, metadata: {} });
const LAYOUT: Layout = {
  fields: [aField(FILE, 'string'), aField(ROW, 'long'), aField(SOURCE_ROW, 'long'), aField(CLAUSE, 'integer')],
  partitionColumns: [],
};

/** @throws {AmbiguousMergeError} when several rows of the source would change one row of the table */
export async function joinSides(sides: MergeSides): Promise<Matches> {
  const pairs = await matchingPairs(sides);
  await refuseAmbiguous(sides, pairs);
  const others = await takenWithoutMatch(sides, pairs);
  const taken = others ? { ...pairs, files: [...pairs.files, ...others.files], rows: pairs.rows + others.rows } : pairs;
  return { pairs, taken, ...(await counted(sides, taken)) };
}

function matchingPairs(sides: MergeSides): Promise<StagedRows> {
  const { keys, condition, clauses, candidates, staging } = sides;
  const equal = keys.map((key) => `target.${quoteIdentifier(key)} = source.${quoteIdentifier(key)}`);
  const on = [...equal, ...(condition === undefined ? [] : [`(\n${condition}\n)`])].join(' AND ');
  const sql =
    `SELECT target.${FILE}, target.${ROW}, source.${SOURCE_ROW}, ${numberOf(clauses.matched)} AS ${CLAUSE} ` +
    `FROM target JOIN source ON ${on}`;
  return staging.stage({ sql, tables: { target: targetOf(sides, candidates), source: sourceOf(sides) } }, LAYOUT);
}

async function takenWithoutMatch(sides: MergeSides, pairs: StagedRows): Promise<StagedRows | undefined> {
  const { clauses, candidates, staging } = sides;
  if (clauses.notMatchedBySource.length === 0) return undefined;
  const number = numberOf(clauses.notMatchedBySource, clauses.matched.length);
  const sql =
    `SELECT * FROM (SELECT target.${FILE}, target.${ROW}, CAST(NULL AS BIGINT) AS ${SOURCE_ROW}, ${number} AS ${CLAUSE} ` +
    `FROM target ANTI JOIN pairs ON target.${ROW} = pairs.${ROW} AND target.${FILE} = pairs.${FILE}) AS t WHERE ${CLAUSE} IS NOT NULL`;
  return staging.stage({ sql, tables: { target: targetOf(sides, candidates), pairs: staging.relation(pairs) } }, LAYOUT);
}

/** A row that goes may go for several reasons; any other change would have to choose between them. */
async function refuseAmbiguous(sides: MergeSides, pairs: StagedRows): Promise<void> {
  const { staging, keys, clauses, base } = sides;
  const [only, ...others] = clauses.matched;
  const justGoes = only?.action === 'delete' && only.when === undefined && others.length === 0;
  if (only === undefined || justGoes || pairs.rows === 0) return;
  const twice = `SELECT ${FILE}, ${ROW} FROM pairs WHERE ${CLAUSE} IS NOT NULL GROUP BY ${FILE}, ${ROW} HAVING count(*) > 1`;
  const tables = { pairs: staging.relation(pairs) };
  const [{ count }] = await staging.sql.rows(
    { sql: `SELECT count(*) AS count FROM (${twice}) AS twice`, tables },
    staging.request,
  );
  if (Number(count) === 0) return;
  const shown = keys.map((key) => `source.${quoteIdentifier(key)}`).join(', ');
  const [sample] = await staging.sql.rows({
    sql:
      `SELECT ${shown} FROM (${twice}) AS twice JOIN pairs ON pairs.${FILE} = twice.${FILE} AND pairs.${ROW} = twice.${ROW} ` +
      `JOIN source ON source.${SOURCE_ROW} = pairs.${SOURCE_ROW} LIMIT 1`,
    tables: { ...tables, source: sourceOf(sides) },
  });
  throw new AmbiguousMergeError(base.table, { count: Number(count), sample });
}

async function counted(
  { staging, candidates, clauses }: MergeSides,
  taken: StagedRows,
): Promise<Pick<Matches, 'touched' | 'read' | 'updated' | 'deleted'>> {
  const rows = await staging.sql.rows(
    {
      sql: `SELECT ${FILE} AS file, ${CLAUSE} AS clause, count(DISTINCT ${ROW}) AS rows FROM taken GROUP BY ${FILE}, ${CLAUSE}`,
      tables: { taken: staging.relation(taken) },
    },
    staging.request,
  );
  const numbered = [...clauses.matched, ...clauses.notMatchedBySource];
  const sum = (action: string): number =>
    rows.reduce((total, { clause, rows: count }) => {
      const own = clause !== null && numbered[Number(clause)].action === action;
      return total + (own ? Number(count) : 0);
    }, 0);
  const read = new Set(rows.map(({ file }) => file));
  const touched = new Set(rows.filter(({ clause }) => clause !== null).map(({ file }) => file));
  return {
    touched: candidates.filter(({ local }) => touched.has(local.file)),
    read: candidates.filter(({ local }) => read.has(local.file)),
    updated: sum('update'),
    deleted: sum('delete'),
  };
}
