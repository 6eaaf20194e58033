import type { Query, SqlEngine } from '../../engines/sql/sql.port.js';
import { nestedValueSql } from './nested-value.js';
import type { ReceivedColumn, ReceivedFile } from './received-file.js';
import { CARRIED_LINE } from './received-line.js';
import type { RejectedRow } from './reject-file.js';
import { isText, quotedName, valueSql } from './value-sql.js';

/** Lines whose texts are looked up in one go. */
const LINES_AT_ONCE = 100_000;
/** Types to which a detected one is widened when the rest of the file does not keep to it, narrowest first. */
const WIDER: Readonly<Record<string, readonly string[]>> = { BIGINT: ['HUGEINT', 'DOUBLE'], DATE: ['TIMESTAMP'] };

/** The rows of a received file with the types of their columns. Immutable: widening gives another one. */
export class TypedRows {
  constructor(
    readonly received: ReceivedFile,
    readonly columns: readonly ReceivedColumn[] = received.columns,
  ) {}

  /** @returns SELECT items; with `lenient` a value that does not fit is null */
  items(lenient: boolean): string[] {
    const written = this.columns.filter(({ unknown }) => !unknown);
    return written.map((column) => {
      const value = this.valueOf(column);
      return `${lenient && this.mayMisfit(column) ? `TRY(${value})` : value} AS ${quotedName(column.name)}`;
    });
  }

  /** @returns a condition that holds for rows in which every value fits */
  get fits(): string {
    return this.columns
      .filter((column) => this.mayMisfit(column))
      .map((column) => `NOT ${this.misfit(column)}`)
      .join(' AND ');
  }

  /** @returns the same rows, each column that has misfits and may be widened as wide as its values need */
  async widened(sql: SqlEngine, signal: AbortSignal): Promise<TypedRows> {
    const open = this.columns.filter((column) => !column.declared && !column.unknown && this.mayMisfit(column));
    if (open.length === 0) return this;
    const choices = open.map(({ type, wider }) => [type, ...(wider ?? WIDER[type] ?? [])]);
    const checks = open.flatMap((column, index) =>
      choices[index].map((type, at) => `bool_and(NOT ${this.misfit({ ...column, type })}) AS "${index}_${at}"`),
    );
    const [fitting] = await sql.rows({ ...this.query(`SELECT ${checks.join(', ')} FROM received`) }, { signal });
    const types = new Map(
      open.map(({ name }, index) => [name, choices[index].find((_type, at) => fitting[`${index}_${at}`] !== false) ?? 'VARCHAR']),
    );
    return new TypedRows(
      this.received,
      this.columns.map((column) => ({ ...column, type: types.get(column.name) ?? column.type })),
    );
  }

  /** Puts every row with a value that does not fit among the rejected ones. @returns how many there are */
  async rejectMisfits(sql: SqlEngine, signal: AbortSignal, most: number): Promise<number> {
    const checked = this.columns.filter((column) => this.mayMisfit(column));
    if (checked.length === 0) return 0;
    const found = checked.map((column, index) => `CASE WHEN ${this.misfit(column)} THEN ${column.sql} END AS "${index}"`);
    const text = `SELECT CAST(${CARRIED_LINE} AS BIGINT) AS line, ${found.join(', ')} FROM received WHERE NOT (${this.fits})`;
    let [rows, reasons] = [0, new Map<number, Misfit>()];
    for await (const { values, rows: count } of sql.read(this.query(text), { signal })) {
      for (let row = 0; row < count; row++) reasons.set(Number(values[0][row]), reasonOf(checked, values, row));
      rows += count;
      if (reasons.size < LINES_AT_ONCE) continue;
      await this.reject(reasons);
      reasons = new Map();
      if (this.received.rejects.rows > most) return rows;
    }
    await this.reject(reasons);
    return rows;
  }

  query(sql: string): Query {
    return { sql, tables: { received: this.received.relation } };
  }

  private async reject(reasons: ReadonlyMap<number, Misfit>): Promise<void> {
    if (reasons.size === 0) return;
    const texts = await this.received.textsOf(new Set(reasons.keys()));
    for (const [line, reason] of reasons) {
      this.received.rejects.add({ line, text: texts.get(line) ?? '', ...reason });
    }
    await this.received.rejects.flush();
  }

  private valueOf({ name, sql, type, nested, cast }: ReceivedColumn): string {
    if (cast) return nestedValueSql(quotedName(name), type);
    return nested ? sql : valueSql(sql, type, this.received.format);
  }

  private mayMisfit({ nested, type, unknown }: ReceivedColumn): boolean {
    return unknown === true || (!nested && !isText(type));
  }

  private misfit(column: ReceivedColumn): string {
    if (column.unknown) return `(${column.sql} IS NOT NULL)`;
    return `(${column.sql} IS NOT NULL AND TRY(${this.valueOf(column)}) IS NULL)`;
  }
}

type Misfit = Pick<RejectedRow, 'rule' | 'reason'>;

function reasonOf(columns: readonly ReceivedColumn[], values: readonly (readonly unknown[])[], row: number): Misfit {
  const misfits = columns.filter((_column, index) => values[index + 1][row] !== null);
  const texts = misfits.slice(0, 3).map(({ name, type, unknown, cast }) => {
    const value = values[columns.findIndex((column) => column.name === name) + 1][row];
    const text = String(value).slice(0, 100);
    const shown = typeof value === 'object' ? 'what stands' : cast ? text : JSON.stringify(text);
    return `${shown} in column "${name}" ${unknown ? 'has no place: the table has no such column' : `is no ${type.slice(0, 200)}`}`;
  });
  const more = misfits.length - texts.length;
  return {
    rule: misfits.every(({ unknown }) => unknown) ? 'drift' : 'type',
    reason: texts.join('; ') + (more > 0 ? `; and ${more} more` : ''),
  };
}
