import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../delta/delta.service.js';
import type { Snapshot } from '../delta/delta.types.js';
import { type Column, SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { LakeService } from '../medallion/lake.service.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import type { CrawledBook } from './crawl/book-crawl.js';
import { KeptPages } from './crawl/kept-pages.js';
import { RowSpool } from './row-spool.js';

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
];
const PAGES: readonly Column[] = [...text('url', 'html'), { name: 'fetched_at', type: 'TIMESTAMP WITH TIME ZONE' }];
const ROWS = 'select *, $1::timestamptz as _ingested_at, $2::varchar as _source, $3::varchar as _batch from given';

const SOURCE = 'books.toscrape.com';
const PAGES_TABLE = 'bronze.book_pages';
const BOOKS_TABLE = 'bronze.books';
/** Of a run, in the tables that it wrote. */
const txnOf = (runId: string): string => `scraping:${runId}`;

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

  /** @returns whether the pages that a run received are in bronze */
  async landedRuns(): Promise<(runId: string) => boolean> {
    const pages = await this.newest(PAGES_TABLE);
    return (runId) => pages?.txns.has(txnOf(runId)) ?? false;
  }

  /**
   * How many books the shop listed in the last scrape; 0 when that was of another shop, or there was none.
   * @param home of the shop: where the addresses of its books begin
   */
  async booksOf(home: string): Promise<number> {
    const books = await this.newest(BOOKS_TABLE);
    if (!books) return 0;
    const [last] = await this.sql.rows({
      sql: 'select count(*) as books, min(url) as url from books group by _batch order by max(_ingested_at) desc limit 1',
      tables: { books: await this.delta.relation(books) },
    });
    return String(last?.url).startsWith(home) ? Number(last.books) : 0;
  }

  /** For the pages of a run that are to come to bronze, as they arrive. */
  async spool(): Promise<RowSpool> {
    return RowSpool.open(this.storage);
  }

  /**
   * Both tables side by side, each once for a run, however often it is resumed.
   * @param pages to which those are added that the run received before it was interrupted and has not met since
   */
  async write(books: readonly CrawledBook[], pages: RowSpool, run: TaskRun): Promise<void> {
    const list = await RowSpool.open(this.storage);
    try {
      for await (const page of this.pages.changedIn(run.runId, pages.urls)) await pages.add(page);
      for (const [place, { listed, details }] of books.entries()) await list.add({ position: place + 1, ...listed, ...details });
      const written = await Promise.allSettled([
        this.append(PAGES_TABLE, 'Pages of the bookshop, as received', PAGES, pages, run),
        this.append(BOOKS_TABLE, 'The books of each scrape, in the order of the shop', BOOKS, list, run),
      ]);
      const failed = written.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    } finally {
      await list.discard();
    }
  }

  private async newest(table: string): Promise<Snapshot | undefined> {
    return (await this.delta.exists(table)) ? this.delta.snapshot(table) : undefined;
  }

  private async append(
    table: string,
    description: string,
    columns: readonly Column[],
    rows: RowSpool,
    run: TaskRun,
  ): Promise<void> {
    await rows.settle();
    await this.lake.write(table, {
      mode: 'append',
      query: {
        sql: ROWS,
        tables: { given: { format: 'json', files: [rows.path], columns } },
        parameters: [new Date(), SOURCE, run.runId],
      },
      txn: { appId: txnOf(run.runId), version: 1 },
      description,
      facts: { run_id: run.runId, inputs: [{ name: SOURCE, version: null }], keys: [], time: null, targets: [] },
      signal: run.signal,
    });
  }
}
