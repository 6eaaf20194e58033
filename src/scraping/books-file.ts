import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { LabConfig } from '../config/lab-config.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';

const TABLE = 'silver.books';
const COLUMNS = ['id', 'title', 'price', 'rating', 'availability', 'category', 'image', 'description'];

/** The catalogue as one file, in the columns that notebooks of old read. */
@Injectable()
export class BooksFile {
  constructor(
    private readonly config: LabConfig,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  private get path(): string {
    return join(this.config.dataDir, 'books.csv');
  }

  /** Written beside the old one, which stays whole until the new one is. */
  @Task('scraping.export', z.strictObject({}))
  async write(_options: object, { runId, signal }: TaskRun): Promise<{ rows: number }> {
    const beside = `${this.path}.${runId}`;
    const counted = { rows: 0 };
    try {
      await pipeline(Readable.from(this.lines(signal, counted)), createWriteStream(beside, { flush: true }));
      await rename(beside, this.path);
      return counted;
    } finally {
      await rm(beside, { force: true });
    }
  }

  /** @returns whether there was one */
  async remove(): Promise<boolean> {
    return rm(this.path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
  }

  private async *lines(signal: AbortSignal, counted: { rows: number }): AsyncGenerator<string> {
    const query = {
      sql: `select ${COLUMNS.join(', ')} from books order by id`,
      tables: { books: await this.delta.relation(await this.delta.snapshot(TABLE)) },
    };
    yield lineOf(COLUMNS);
    for await (const { rows, values } of this.sql.read(query, { signal })) {
      counted.rows += rows;
      for (let row = 0; row < rows; row++) yield lineOf(values.map((column) => column[row]));
    }
  }
}

const lineOf = (cells: readonly unknown[]): string => `${cells.map(fieldOf).join(',')}\n`;

/** RFC 4180. */
function fieldOf(cell: unknown): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
