import { rm } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { CallGate } from '../duckdb/call-gate.js';
import { Session } from '../duckdb/session.js';
import { spillFolder } from '../duckdb/spill-folder.js';
import { quoteText } from '../duckdb/sql-text.js';

export interface SandboxLimits {
  readonly threads: number;
  /** A size such as `512MB`. */
  readonly memoryLimit: string;
  /** Bytes on disk: of what does not fit into memory, and of a result that is written to a file. */
  readonly diskBytes: number;
  /** What is spilled and written goes below this folder. */
  readonly tempFolder: string;
}

/** A DuckDB for one query, with a folder of its own that goes with it. */
export class Cell {
  private constructor(
    private readonly instance: DuckDBInstance,
    readonly session: Session,
    readonly folder: string,
  ) {}

  static async open({ threads, memoryLimit, diskBytes, tempFolder }: SandboxLimits, signal: AbortSignal): Promise<Cell> {
    const folder = await spillFolder(tempFolder);
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(threads),
      memory_limit: memoryLimit,
      temp_directory: folder,
      max_temp_directory_size: `${diskBytes}B`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allocator_background_threads: 'true',
      preserve_insertion_order: 'true',
      errors_as_json: 'true',
    });
    const connection = await instance.connect();
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    connection.disconnectSync();
    return new Cell(instance, new Session(instance, new CallGate(1), { signal }), folder);
  }

  /** From here on no file can be opened but these, and no setting be changed. DuckDB asks for this order. */
  async lock(files: readonly string[]): Promise<void> {
    const allowed = files.map(quoteText).join(', ');
    await this.session.run((connection) =>
      connection.run(`SET allowed_paths = [${allowed}]; SET enable_external_access = false; SET lock_configuration = true`),
    );
  }

  /** Ends what is running, which may take until the function in which it is returns. */
  async close(): Promise<void> {
    this.session.abort(new Error('The query is closed'));
    await this.session.close();
    this.instance.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }
}
