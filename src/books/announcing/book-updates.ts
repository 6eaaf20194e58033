import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';

export const UPDATES_TABLE = 'gold.book_updates';

/** What one scrape found to be otherwise than the one before it; numbers of books. */
export interface BookUpdate {
  readonly run: string;
  readonly scrapedAt: Date;
  readonly books: number;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

interface Known {
  readonly version: number;
  readonly count: number;
  readonly newest: BookUpdate | undefined;
}

const SQL = `
  SELECT run, epoch_ms(scraped_at) AS scraped_ms, books, added, removed, changed, count(*) OVER () AS updates
  FROM updates ORDER BY scraped_at DESC, run LIMIT 1`;

/** Reads the table of updates, anew when it has changed. */
@Injectable()
export class BookUpdates {
  private known: Known | undefined;

  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** @returns how many updates there were, and the newest; none before the first scrape */
  async read(): Promise<{ readonly count: number; readonly newest: BookUpdate | undefined }> {
    if (!(await this.delta.exists(UPDATES_TABLE))) return { count: 0, newest: undefined };
    const snapshot = await this.delta.snapshot(UPDATES_TABLE);
    if (this.known?.version === snapshot.version) return this.known;
    const [row] = await this.sql.rows({ sql: SQL, tables: { updates: await this.delta.relation(snapshot) } });
    this.known = { version: snapshot.version, count: row ? Number(row.updates) : 0, newest: row && updateOf(row) };
    return this.known;
  }
}

const updateOf = ({ run, scraped_ms, books, added, removed, changed }: Record<string, unknown>): BookUpdate => ({
  run: String(run),
  scrapedAt: new Date(Number(scraped_ms)),
  books: Number(books),
  added: Number(added),
  removed: Number(removed),
  changed: Number(changed),
});
