import { Inject, Injectable } from '@nestjs/common';
import { TableNotFoundError } from '../delta/delta.errors.js';
import { DeltaService } from '../delta/delta.service.js';
import type { Snapshot } from '../delta/delta.types.js';
import { DamagedFileError, SqlError } from '../engines/sql/sql.errors.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import type { CommitFacts } from '../medallion/lake.types.js';
import { CatalogueAnswers } from './answers/catalogue-answers.js';
import { CatalogueUnreadableError } from './books.errors.js';
import { Catalogue } from './catalogue.js';
import { BOOKS } from './catalogue-tables/books-table.js';
import type { CatalogueTable } from './catalogue-tables/catalogue-table.js';
import { FEATURES } from './catalogue-tables/features-table.js';
import { STATISTICS } from './catalogue-tables/statistics-table.js';

/** A change of one of these is a change of the catalogue. */
export const CATALOGUE_TABLES: ReadonlySet<string> = new Set([BOOKS.name, STATISTICS.name, FEATURES.name]);

/** Statistics that are not made anew within this time were given up: the books go on without them. */
const WAIT_FOR_STATISTICS_MS = 10 * 60_000;

/** A table at one version; no version when there is no table. */
interface Part<Content> {
  readonly version: number | undefined;
  /** @throws {CatalogueUnreadableError} */
  readonly content: () => Content;
}

interface Parts {
  readonly books: Part<(typeof BOOKS)['nothing']>;
  readonly statistics: Part<(typeof STATISTICS)['nothing']>;
  readonly features: Part<(typeof FEATURES)['nothing']>;
}

export interface LoadedCatalogue {
  /** Names the versions of all tables that it shows: the same for the same answers. */
  readonly version: string;
  readonly answers: CatalogueAnswers;
  readonly parts: Parts;
}

/** Reads the tables of the catalogue into memory. */
@Injectable()
export class CatalogueReader {
  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /**
   * Only what has changed is read. That a table of gold has other columns is told to who asks for it, and to nobody else.
   * @param known is returned again when every table still stands where it was
   * @throws {CatalogueUnreadableError} when the books have other columns
   */
  async read(known: LoadedCatalogue | undefined, signal: AbortSignal): Promise<LoadedCatalogue> {
    const statistics = await this.newest(STATISTICS.name);
    const books = await this.booksOf(statistics);
    const parts: Parts = {
      books: await this.part(BOOKS, books, known?.parts.books, signal),
      statistics: await this.part(STATISTICS, statistics, known?.parts.statistics, signal),
      features: await this.part(FEATURES, await this.newest(FEATURES.name), known?.parts.features, signal),
    };
    const version = [parts.books, parts.statistics, parts.features].map((part) => part.version ?? 'none').join('.');
    if (known?.version === version) return known;
    const { books: shelf, encoded } = parts.books.content();
    const catalogue = new Catalogue(shelf, {
      statistics: parts.statistics.content,
      features: parts.features.content,
      featuresMark: `${FEATURES.name}@${parts.features.version ?? 'none'}`,
    });
    return { version, parts, answers: new CatalogueAnswers(catalogue, encoded) };
  }

  private async newest(table: string): Promise<Snapshot | undefined> {
    try {
      return await this.delta.snapshot(table);
    } catch (error) {
      if (error instanceof TableNotFoundError) return undefined;
      throw error;
    }
  }

  /** The books that the statistics count: new ones wait for theirs, so that all answers speak of the same shop. */
  private async booksOf(statistics: Snapshot | undefined): Promise<Snapshot | undefined> {
    const newest = await this.newest(BOOKS.name);
    const counted = (statistics?.info as Partial<CommitFacts> | undefined)?.inputs?.find(({ name }) => name === BOOKS.name);
    if (!newest || typeof counted?.version !== 'number' || newest.rowsChangedIn <= counted.version) return newest;
    if (Date.now() - newest.timestamp.getTime() > WAIT_FOR_STATISTICS_MS) return newest;
    return this.delta.snapshot(BOOKS.name, { version: counted.version });
  }

  private async part<Content>(
    table: CatalogueTable<Content>,
    snapshot: Snapshot | undefined,
    known: Part<Content> | undefined,
    signal: AbortSignal,
  ): Promise<Part<Content>> {
    const version = snapshot?.version;
    if (known && known.version === version) return known;
    if (!snapshot) return { version, content: () => table.nothing };
    try {
      const content = await table.make(this.rows(table, snapshot, signal));
      return { version, content: () => content };
    } catch (error) {
      if (!(error instanceof SqlError || error instanceof DamagedFileError)) throw error;
      const unreadable = new CatalogueUnreadableError(table.name, table.columns, error.reason);
      if (table.name === BOOKS.name) throw unreadable;
      return { version, content: () => raise(unreadable) };
    }
  }

  private async *rows({ sql }: { sql: string }, snapshot: Snapshot, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    const query = { sql, tables: { given: await this.delta.relation(snapshot) } };
    for await (const { rows, values } of this.sql.read(query, { signal })) {
      for (let row = 0; row < rows; row++) yield values.map((column) => column[row]);
    }
  }
}

function raise(error: Error): never {
  throw error;
}
