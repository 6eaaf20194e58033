import { mkdir } from 'node:fs/promises';
import { CallGate } from '../duckdb/call-gate.js';
import { openInstance } from '../duckdb/instance.js';
import { literally } from '../duckdb/relation-sql.js';
import { Session } from '../duckdb/session.js';
import { quoteText } from '../duckdb/sql-text.js';

export interface CellLimits {
  readonly threads: number;
  readonly memoryBytes: number;
  /** On disk, for what does not fit into memory. */
  readonly diskBytes: number;
}

/** A DuckDB for one query. What it spills goes into a folder of its own. */
export class Cell {
  private constructor(readonly session: Session) {}

  static async open({ threads, memoryBytes, diskBytes }: CellLimits, folder: string): Promise<Cell> {
    await mkdir(folder, { recursive: true });
    const instance = await openInstance({ threads, memoryLimit: `${memoryBytes}B`, spillFolder: folder });
    const session = new Session(instance, new CallGate(1), {});
    // Given when the instance is opened, DuckDB shows this limit and does not hold to it.
    await session.run((connection) => connection.run(`SET max_temp_directory_size = '${diskBytes}B'`));
    return new Cell(session);
  }

  /** From here on no file can be opened but these, and no setting be changed. DuckDB asks for this order. */
  async lock(files: readonly string[]): Promise<void> {
    // DuckDB looks a file up as it is written in FROM, where a path with a bracket is a pattern, and opens what it found.
    const allowed = files.flatMap((file) => [file, literally(file)].map(quoteText)).join(', ');
    await this.session.run((connection) =>
      connection.run(`SET allowed_paths = [${allowed}]; SET enable_external_access = false; SET lock_configuration = true`),
    );
  }
}
