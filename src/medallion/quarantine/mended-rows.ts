import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { type Column, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { isRowRule, quoteName, quoteText, type Rule } from '../expectations/rule.js';
import { rowValueSql } from './row-identity.js';
import { fromRowJson } from './row-json.js';

/** A row that is to go back, as JSON text. */
export interface MendedRow {
  readonly id: string;
  readonly row: string;
}

/** What still stands in a row's way. */
export interface RowFault {
  readonly id: string;
  readonly rules: readonly string[];
  readonly reason: string;
}

const ROW_COLUMNS: readonly Column[] = [
  { name: 'id', type: 'VARCHAR' },
  { name: 'row', type: 'VARCHAR' },
];

/** Rows that people mended, as a table and held against one. */
@Injectable()
export class MendedRows {
  constructor(
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** Lends objects as a relation, as long as `use` takes. */
  async lend<T>(rows: readonly object[], columns: readonly Column[], use: (relation: Relation) => Promise<T>): Promise<T> {
    const folder = await this.storage.stage();
    try {
      const file = join(folder, 'rows.json');
      await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      return await use({ format: 'json', files: [file], columns });
    } finally {
      await this.storage.discard(folder);
    }
  }

  /** Lends the rows with the columns of their table, and `_id` before them. Only for rows without faults. */
  typed<T>(rows: readonly MendedRow[], columns: readonly Column[], use: (relation: Relation) => Promise<T>): Promise<T> {
    const values = columns.map((column) => `${rowValueSql(column, '"row"')} as ${quoteName(column.name)}`);
    const sql = `select ${['id as _id', ...values].join(', ')} from mended`;
    return this.lend(rows, ROW_COLUMNS, (mended) => use({ format: 'view', query: { sql, tables: { mended } } }));
  }

  /** The rows that are no rows of a table with these columns. A column that a row has not is a missing value. */
  async misfits(rows: readonly MendedRow[], columns: readonly Column[]): Promise<RowFault[]> {
    const byKind = rows.flatMap(({ id, row }) => faultOf(id, kindProblems(fromRowJson(row), columns)));
    const refused = new Set(byKind.map(({ id }) => id));
    const rest = rows.filter(({ id }) => !refused.has(id));
    return [...byKind, ...(rest.length > 0 ? await this.castProblems(rest, columns) : [])];
  }

  /** The rows that break a rule, with all that they break; `warn` lets them pass. */
  async broken(rows: readonly MendedRow[], columns: readonly Column[], rules: readonly Rule[]): Promise<RowFault[]> {
    const strict = rules.filter(isRowRule).filter(({ severity }) => severity !== 'warn');
    if (strict.length === 0 || rows.length === 0) return [];
    const told = (text: (rule: Rule) => string): string =>
      `list_filter([${strict.map((rule) => `case when not (${rule.holds}) then ${quoteText(text(rule))} end`).join(', ')}], said -> said is not null)`;
    const sql = `select * from (select _id as id, ${told(({ name }) => name)} as rules, array_to_string(${told(({ sentence }) => sentence)}, '; ') as reason from candidate) where len(rules) > 0`;
    return this.typed(rows, columns, async (candidate) => {
      const found = await this.sql.rows({ sql, tables: { candidate } });
      return found as unknown as RowFault[];
    });
  }

  private castProblems(rows: readonly MendedRow[], columns: readonly Column[]): Promise<RowFault[]> {
    const wrong = columns.map((column) => {
      const given = rowValueSql({ ...column, type: 'VARCHAR' }, '"row"');
      const value = rowValueSql(column, '"row"').replace(/^cast\(/, 'try_cast(');
      return `case when ${given} is not null and ${value} is null then ${quoteText(notOfType(column))} end`;
    });
    const sql = `select * from (select id, list_filter([${wrong.join(', ')}], said -> said is not null) as problems from mended) where len(problems) > 0`;
    return this.lend(rows, ROW_COLUMNS, async (mended) => {
      const found = await this.sql.rows({ sql, tables: { mended } });
      return found.flatMap(({ id, problems }) => faultOf(String(id), problems as string[]));
    });
  }
}

const faultOf = (id: string, problems: readonly string[]): RowFault[] =>
  problems.length > 0 ? [{ id, rules: ['columns'], reason: problems.join('; ') }] : [];

const notOfType = ({ name, type }: Column): string => `the value of "${name}" is no ${type}`;

function kindProblems(row: Readonly<Record<string, unknown>>, columns: readonly Column[]): string[] {
  const known = new Map(columns.map((column) => [column.name, column]));
  return Object.entries(row).flatMap(([name, value]) => {
    const column = known.get(name);
    if (!column) return [`there is no column "${name}"`];
    return value === null || isOfKind(value, column.type) ? [] : [notOfType(column)];
  });
}

const WHOLE = /^[+-]?\d+$/;

function isOfKind(value: unknown, type: string): boolean {
  if (type === 'BOOLEAN') return typeof value === 'boolean';
  if (/^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(type)) {
    return Number.isInteger(value) || (typeof value === 'string' && WHOLE.test(value));
  }
  if (/^(FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(type)) return typeof value === 'number' || typeof value === 'string';
  if (/[\])]$/.test(type)) return typeof value === 'object' || typeof value === 'string';
  return typeof value === 'string';
}
