import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { spillFolder } from '../duckdb/spill-folder.js';
import { SqlResourcesError, SqlTooLargeError } from '../sql.errors.js';
import type { Chunk, Column, Query } from '../sql.port.js';
import type { CellLimits } from './cell.js';
import type { QueryProcess } from './query-process.js';
import { type ArrowPart, RESULT_FILE, type Selection, TOO_LARGE } from './sandbox-messages.js';

export interface SandboxLimits extends CellLimits {
  /** What is spilled and written goes below this folder. */
  readonly tempFolder: string;
}

const LOOK_AT_DISK_MS = 100;

/** One SELECT in a process of its own. It holds memory and a folder until it is closed or its signal aborts. */
export class SandboxedQuery {
  private readonly end = Promise.withResolvers<void>();
  private isEnding = false;
  private known: readonly Column[] = [];

  private constructor(
    private readonly process: QueryProcess,
    private readonly folder: string,
    private readonly limits: SandboxLimits,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', this.abort, { once: true });
  }

  /**
   * @param take a process, which ends with the query
   * @throws {SqlError} {@link SqlForbiddenError} {@link SqlTooLargeError} {@link SqlResourcesError}, and the reason of the signal
   */
  static async open(take: () => QueryProcess, query: Query, limits: SandboxLimits, signal: AbortSignal): Promise<SandboxedQuery> {
    const folder = await spillFolder(limits.tempFolder).catch(refuseWithoutFolder);
    const process = take();
    const sandboxed = new SandboxedQuery(process, folder, limits, signal);
    if (signal.aborted) sandboxed.abort();
    try {
      const { threads, memoryBytes, diskBytes } = limits;
      sandboxed.known = await process.ask({ kind: 'open', query, folder, limits: { threads, memoryBytes, diskBytes } });
      return sandboxed;
    } catch (error) {
      await sandboxed.close();
      throw error;
    }
  }

  get columns(): readonly Column[] {
    return this.known;
  }

  /** Resolves when everything is given back. */
  get closed(): Promise<void> {
    return this.end.promise;
  }

  /** The rows in their order. @throws the reason of the signal when it aborts */
  async *read(selection: Selection = {}): AsyncGenerator<Chunk> {
    await this.process.ask({ kind: 'read', selection });
    for (;;) {
      const chunk = await this.process.ask({ kind: 'next' });
      if (!chunk) return;
      yield chunk;
    }
  }

  /** The rows as a stream of Arrow's IPC format. @throws the reason of the signal when it aborts */
  async *arrow(selection: Selection = {}): AsyncGenerator<ArrowPart> {
    await this.process.ask({ kind: 'arrow', selection });
    for (;;) {
      const part = await this.process.ask({ kind: 'next part' });
      if (!part) return;
      yield part;
    }
  }

  /** @returns a Parquet file with the result, which goes when the query is closed @throws {SqlTooLargeError} */
  async parquet(selection: Selection = {}): Promise<{ file: string; rows: number }> {
    const file = join(this.folder, RESULT_FILE);
    const watch = setInterval(() => void this.endWhenLarger(file), LOOK_AT_DISK_MS);
    try {
      return { file, rows: await this.process.ask({ kind: 'parquet', selection }) };
    } finally {
      clearInterval(watch);
    }
  }

  /** Ends what is running, and gives everything back. */
  close(reason = new Error('The query is closed')): Promise<void> {
    if (!this.isEnding) this.end.resolve(this.giveBack(reason));
    this.isEnding = true;
    return this.closed;
  }

  private readonly abort = (): void => void this.close(this.signal.reason as Error);

  private async giveBack(reason: Error): Promise<void> {
    this.signal.removeEventListener('abort', this.abort);
    await this.process.kill(reason);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async endWhenLarger(file: string): Promise<void> {
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    if (size > this.limits.diskBytes) await this.close(new SqlTooLargeError(TOO_LARGE));
  }
}

function refuseWithoutFolder({ code = 'unknown' }: NodeJS.ErrnoException): never {
  throw new SqlResourcesError(`There is no folder for what the query writes (${code}). Look at DATA_DIR/tmp, and ask again.`);
}
