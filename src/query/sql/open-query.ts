import { SqlTooLargeError } from '../../engines/sql/sql.errors.js';
import type { Chunk, Column } from '../../engines/sql/sql.port.js';
import type { SandboxedQuery } from '../../engines/sql/sql-sandbox.service.js';
import { rowsOf } from '../formats/json.js';
import { distinctNames, type RowSource } from '../formats/row-source.js';

/** What one answer of JSON holds at most: more is better read as CSV or Parquet. */
const MOST_JSON_CHARACTERS = 32 * 1024 * 1024;

/** A query that has begun. */
export class OpenQuery {
  constructor(
    private readonly sandboxed: SandboxedQuery,
    /** Aborted when the client is gone or the time is over. */
    readonly signal: AbortSignal,
    private readonly onClose: () => void,
  ) {}

  get columns(): readonly Column[] {
    return this.sandboxed.columns;
  }

  /** @returns rows as texts of objects, and whether there are more */
  async json(limit: number): Promise<{ rows: string[]; truncated: boolean }> {
    const names = distinctNames(this.columns);
    const rows: string[] = [];
    let characters = 0;
    for await (const chunk of this.sandboxed.read({ limit: limit + 1 })) {
      for (const row of rowsOf(chunk, names)) {
        if (rows.length === limit || (characters += row.length) > MOST_JSON_CHARACTERS) return { rows, truncated: true };
        rows.push(row);
      }
    }
    return { rows, truncated: false };
  }

  /**
   * The rows for a format that is streamed. An answer that would lack rows without a word breaks off instead.
   * @param limit that was asked for
   * @param most rows that there may be
   */
  rows(limit: number | undefined, most: number): RowSource {
    const read = (select?: string): AsyncIterable<Chunk> =>
      noMoreThan(most, this.sandboxed.read({ select, limit: Math.min(limit ?? Infinity, most + 1) }));
    return { columns: this.columns, read };
  }

  /** The rows as a stream of Arrow's IPC format, which breaks off as {@link rows} do. */
  async *arrow(limit: number | undefined, most: number): AsyncGenerator<Uint8Array> {
    const parts = this.sandboxed.arrow({ limit: Math.min(limit ?? Infinity, most + 1) });
    for await (const { bytes } of noMoreThan(most, parts)) yield bytes;
  }

  /** @returns a Parquet file, which goes with the query @throws {SqlTooLargeError} */
  async parquet(limit: number | undefined, most: number): Promise<string> {
    const { file, rows } = await this.sandboxed.parquet({ limit: Math.min(limit ?? Infinity, most + 1) });
    if (rows > most) throw tooManyRows(most);
    return file;
  }

  close(): Promise<void> {
    this.onClose();
    return this.sandboxed.close();
  }
}

async function* noMoreThan<T extends { readonly rows: number }>(most: number, pieces: AsyncIterable<T>): AsyncGenerator<T> {
  let rows = 0;
  for await (const piece of pieces) {
    rows += piece.rows;
    if (rows > most) throw tooManyRows(most);
    yield piece;
  }
}

const tooManyRows = (most: number): SqlTooLargeError =>
  new SqlTooLargeError(`The result has more than ${most} rows, which is QUERY_MAX_ROWS`);
