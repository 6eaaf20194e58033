import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../delta/delta.service.js';
import type { Snapshot } from '../delta/delta.types.js';
import { type Column, SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { LakeService } from '../medallion/lake.service.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import type { CrawledBook } from './crawl/book-crawl.js';
import { KeptPages } from './crawl/kept-pages.js';

const ADDED: readonly Column[] = [
  { name: '_ingested_at', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: '_source', type: 'VARCHAR' },
  { name: '_batch', type: 'VARCHAR' },
];
const text = (...names: string[]): Column[] => names.map((name) => ({ name, type: 'VARCHAR' }));

const BOOKS: readonly Column[] = [
  { name: 'position', type: 'INTEGER' },
  ...text('url', 'title'),
  { name: 'price', type: 'DOUBLE' },
  { name: 'rating', type: 'INTEGER' },
  ...text('availability', 'image', 'category', 'description', 'upc'),
  { name: 'tax', type: 'DOUBLE' },
  { name: 'stock', type: 'INTEGER' },
  { name: 'reviews', type: 'INTEGER' },
  ...ADDED,
];
const PAGES: readonly Column[] = [...text('url', 'html'), { name: 'fetched_at', type: 'TIMESTAMP WITH TIME ZONE' }, ...ADDED];

const SOURCE = 'books.toscrape.com';
const PAGES_TABLE = 'bronze.book_pages';
const BOOKS_TABLE = 'bronze.books';
/** Of a run, in the tables that it wrote. */
const txnOf = (runId: string): string => `scraping:${runId}`;

export interface LastScrape {
  /** How many books the shop listed; 0 when it was another shop, or never scraped. */
  readonly books: number;
  /** Whether the pages that a run received are in bronze. */
  readonly isLanded: (runId: string) => boolean;
}

/** What a scrape brings home: the pages that changed, as received, and a row for each book of the list. */
@Injectable()
export class BookBronze {
  constructor(
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    private readonly lake: LakeService,
    private readonly pages: KeptPages,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** @param home of the shop: where the addresses of its books begin */
  async lastScrape(home: string): Promise<LastScrape> {
    const [pages, books] = await Promise.all([this.newest(PAGES_TABLE), this.newest(BOOKS_TABLE)]);
    const isLanded = (runId: string): boolean => pages?.txns.has(txnOf(runId)) ?? false;
    if (!books) return { books: 0, isLanded };
    const [last] = await this.sql.rows({
      sql: 'select count(*) as books, min(url) as url from books group by _batch order by max(_ingested_at) desc limit 1',
      tables: { books: await this.delta.relation(books) },
    });
    return { books: String(last?.url).startsWith(home) ? Number(last.books) : 0, isLanded };
  }

  /** Both tables side by side, each once for a run, however often it is resumed. */
  async write(books: readonly CrawledBook[], run: TaskRun): Promise<void> {
    const added = { _ingested_at: new Date(), _source: SOURCE, _batch: run.runId };
    const pages = linesOf(this.pages.changedIn(run.runId), added);
    const rows = books.map(({ listed, details }, place) => ({ position: place + 1, ...listed, ...details }));
    const written = await Promise.allSettled([
      this.append(PAGES_TABLE, 'Pages of the bookshop, as received', PAGES, pages, run),
      this.append(BOOKS_TABLE, 'The books of each scrape, in the order of the shop', BOOKS, linesOf([rows], added), run),
    ]);
    const failed = written.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  private async newest(table: string): Promise<Snapshot | undefined> {
    return (await this.delta.exists(table)) ? this.delta.snapshot(table) : undefined;
  }

  private async append(
    table: string,
    description: string,
    columns: readonly Column[],
    lines: AsyncIterable<string>,
    run: TaskRun,
  ): Promise<void> {
    const folder = await this.storage.stage();
    try {
      const file = join(folder, 'rows.jsonl');
      await pipeline(Readable.from(lines), createWriteStream(file));
      await this.lake.write(table, {
        mode: 'append',
        query: { sql: 'select * from given', tables: { given: { format: 'json', files: [file], columns } } },
        txn: { appId: txnOf(run.runId), version: 1 },
        description,
        facts: { run_id: run.runId, inputs: [{ name: SOURCE, version: null }], keys: [], time: null, targets: [] },
        signal: run.signal,
      });
    } finally {
      await this.storage.discard(folder);
    }
  }
}

/** Some rows at a time. */
async function* linesOf(
  batches: Iterable<readonly object[]> | AsyncIterable<readonly object[]>,
  added: object,
): AsyncGenerator<string> {
  const rest = `,${JSON.stringify(added).slice(1)}\n`;
  for await (const rows of batches) yield rows.map((row) => JSON.stringify(row).slice(0, -1) + rest).join('');
}
