import type { Column, SqlEngine } from '../../engines/sql/sql.port.js';
import { InvalidChangeError, SchemaMismatchError } from '../delta.errors.js';
import type { Assignments, DeleteClause, InsertClause, MergeRequest, UpdateClause } from '../delta.types.js';
import { type StructField, widensTo } from '../schema/delta-type.js';
import { quoteIdentifier, typeFromSql, typeToSql } from '../schema/sql-type.js';

export type Clause = UpdateClause | DeleteClause | InsertClause;

/** A clause with its assignments spelled out. */
export interface ReadClause {
  readonly action: 'update' | 'delete' | 'insert';
  readonly when?: string;
  /** SQL by the name of the column as the table spells it. */
  readonly set: ReadonlyMap<string, string>;
}

export interface ReadClauses {
  readonly matched: readonly ReadClause[];
  readonly notMatched: readonly ReadClause[];
  readonly notMatchedBySource: readonly ReadClause[];
}

/** What clauses may name: the table's columns as the merge leaves them, and those of the source. */
export interface MergeColumns {
  readonly table: string;
  readonly fields: readonly StructField[];
  readonly source: readonly Column[];
  /** Columns that the source has not keep their value, or are NULL. */
  readonly evolves: boolean;
}

/**
 * @throws {InvalidChangeError} when a clause can never act or has nothing to say
 * @throws {SchemaMismatchError} when it is about columns that are not there
 */
export function readClauses(request: MergeRequest, columns: MergeColumns): ReadClauses {
  const { whenMatched = [], whenNotMatched = [], whenNotMatchedBySource = [] } = request;
  if (whenMatched.length + whenNotMatched.length + whenNotMatchedBySource.length === 0) {
    throw new InvalidChangeError(
      'A merge says what to do: give a clause in whenMatched, whenNotMatched or whenNotMatchedBySource.',
    );
  }
  if (whenNotMatchedBySource.some((clause) => 'update' in clause && clause.update === 'all')) {
    throw new InvalidChangeError('A row that matches none of the source cannot take all of its values: name the columns.');
  }
  const read = (clauses: readonly Clause[], name: string): ReadClause[] => {
    const last = clauses.findIndex(({ when }) => when === undefined);
    if (last >= 0 && last < clauses.length - 1) {
      throw new InvalidChangeError(
        `Only the last clause of ${name} may leave its condition out: no row would reach those after it.`,
      );
    }
    return clauses.map((clause) => readClause(clause, columns));
  };
  return {
    matched: read(whenMatched, 'whenMatched'),
    notMatched: read(whenNotMatched, 'whenNotMatched'),
    notMatchedBySource: read(whenNotMatchedBySource, 'whenNotMatchedBySource'),
  };
}

/** Whether a clause takes all columns of the source. */
export const takesAll = ({ whenMatched = [], whenNotMatched = [] }: MergeRequest): boolean =>
  [...whenMatched, ...whenNotMatched].some((clause) => assignmentsOf(clause) === 'all');

/** Every expression is read on its own, without tables, and gives the same answer when it is asked again. */
export async function refuseBadExpressions(sql: SqlEngine, clauses: ReadClauses, condition: string | undefined): Promise<void> {
  const all = [...clauses.matched, ...clauses.notMatched, ...clauses.notMatchedBySource];
  const given = all.flatMap(({ when, set }) => [when, ...set.values()]);
  for (const text of new Set([condition, ...given])) if (text !== undefined) await sql.condition({ sql: text });
}

/** SQL for the number of the first clause whose condition is true, NULL for none. @param from the number of the first */
export function numberOf(clauses: readonly ReadClause[], from = 0): string {
  const cases = clauses.map(({ when = 'true' }, index) => `WHEN (\n${when}\n) THEN ${from + index}`);
  return cases.length > 0 ? `CASE ${cases.join(' ')} END` : 'CAST(NULL AS INTEGER)';
}

/** SQL for the value of a column by the number of the clause that acts. @param otherwise SQL for every other number */
export function valueOf(field: StructField, clauses: readonly ReadClause[], number: string, otherwise: string): string {
  const type = typeToSql(field.type, field.name);
  const cases = clauses.flatMap(({ set }, index) => {
    const sql = set.get(field.name);
    return sql === undefined ? [] : [`WHEN ${index} THEN CAST((\n${sql}\n) AS ${type})`];
  });
  const value = cases.length > 0 ? `CASE ${number} ${cases.join(' ')} ELSE ${otherwise} END` : otherwise;
  return `${value} AS ${quoteIdentifier(field.name)}`;
}

function readClause(clause: Clause, columns: MergeColumns): ReadClause {
  const action = 'insert' in clause ? 'insert' : 'update' in clause ? 'update' : 'delete';
  const assignments = assignmentsOf(clause);
  const set = assignments === 'all' ? everything(columns) : named(assignments, columns);
  if (action !== 'delete' && set.size === 0) {
    throw new InvalidChangeError(`A clause of a merge that should ${action} names no column.`);
  }
  return { action, ...(clause.when === undefined ? {} : { when: clause.when }), set };
}

const assignmentsOf = (clause: Clause): Assignments =>
  'insert' in clause ? clause.insert : 'update' in clause ? clause.update : {};

function everything({ table, fields, source, evolves }: MergeColumns): ReadonlyMap<string, string> {
  const given = new Map(source.map((column) => [column.name.toLowerCase(), column]));
  const differences: string[] = [];
  const set = fields.flatMap((field): [string, string][] => {
    const column = given.get(field.name.toLowerCase());
    if (column && widensTo(typeFromSql(column), field.type)) return [[field.name, `source.${quoteIdentifier(column.name)}`]];
    if (column) differences.push(`its column "${field.name}" is ${typeToSql(field.type, field.name)}, not ${column.type}`);
    else if (!evolves) differences.push(`its column "${field.name}" is missing in the source`);
    return [];
  });
  if (differences.length > 0) throw new SchemaMismatchError(table, differences);
  return new Map(set);
}

function named(assignments: Readonly<Record<string, string>>, { table, fields }: MergeColumns): ReadonlyMap<string, string> {
  const known = new Map(fields.map(({ name }) => [name.toLowerCase(), name]));
  const unknown = Object.keys(assignments).filter((name) => !known.has(name.toLowerCase()));
  if (unknown.length > 0) {
    throw new SchemaMismatchError(
      table,
      unknown.map((name) => `it has no column "${name}"`),
    );
  }
  return new Map(Object.entries(assignments).map(([name, sql]) => [known.get(name.toLowerCase()) as string, sql]));
}
