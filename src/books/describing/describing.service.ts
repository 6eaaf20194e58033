import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { DeltaService } from '../../delta/delta.service.js';
import type { Commit, Snapshot } from '../../delta/delta.types.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { LakeService } from '../../medallion/lake.service.js';
import type { CommitFacts } from '../../medallion/lake.types.js';
import { Task } from '../../pipelines/task.decorator.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { BookTermCounts, type BookText } from './book-terms.js';
import { Breather } from './breather.js';
import { NoBooksYetError } from './describing.errors.js';
import { ADDED_COLUMNS, COLUMN_DESCRIPTIONS, DESCRIPTION, FEATURES_SQL } from './feature-columns.js';
import { sentimentOf } from './sentiment.js';

const BOOKS = 'silver.books';
const FEATURES = 'gold.book_features';
/** Another number when the same books give other features. */
const METHOD = 1;
/** Of all the work; the rest is weighing and writing. */
const COUNTING_SHARE = 0.3;
const WEIGHING_SHARE = 0.6;

export const DescribeOptions = z.strictObject({
  terms: z.int().min(1).max(10_000).default(100).meta({ description: 'How many terms of a book are kept, the heaviest' }),
  force: z.boolean().default(false).meta({ description: 'Describe also what has not changed' }),
});
type DescribeOptions = z.output<typeof DescribeOptions>;

export interface DescribeReport {
  /** Books that were described. */
  readonly rows: number;
  /** Of `gold.book_features`. */
  readonly version: number;
  readonly skipped: boolean;
}

/** Says of each book what it is about and in which mood: terms by TF-IDF, and VADER's sentiment of its description. */
@Injectable()
export class DescribingService {
  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    private readonly lake: LakeService,
  ) {}

  /** @throws {NoBooksYetError} when there is no table of books; an empty one gives an empty table of features */
  @Task('books.describe', DescribeOptions)
  async describe({ terms, force }: DescribeOptions, run: TaskRun): Promise<DescribeReport> {
    if (!(await this.delta.exists(BOOKS))) throw new NoBooksYetError(BOOKS);
    const books = await this.delta.snapshot(BOOKS);
    const fingerprint = fingerprintOf(books, terms);
    const current = (await this.delta.exists(FEATURES)) ? await this.delta.snapshot(FEATURES) : undefined;
    if (!force && current && (current.info as Partial<CommitFacts>).fingerprint === fingerprint) {
      run.log.info(`${BOOKS} has not changed: version ${current.version} of ${FEATURES} stays`);
      return { rows: 0, version: current.version, skipped: true };
    }
    const folder = await this.storage.stage();
    try {
      const file = join(folder, 'features.jsonl');
      await pipeline(Readable.from(this.lines(await this.texts(books, run.signal), terms, run)), createWriteStream(file));
      const { rowsAdded, version } = await this.write(file, books, fingerprint, run);
      run.log.info(`${rowsAdded.toLocaleString('en')} books described`);
      return { rows: rowsAdded, version, skipped: false };
    } finally {
      await this.storage.discard(folder);
    }
  }

  private async texts(books: Snapshot, signal: AbortSignal): Promise<BookText[]> {
    const query = {
      sql: "select cast(id as bigint), coalesce(title, ''), coalesce(description, '') from books order by id",
      tables: { books: await this.delta.relation(books) },
    };
    const texts: BookText[] = [];
    for await (const { rows, values } of this.sql.read(query, { signal })) {
      const [ids, titles, descriptions] = values as [bigint[], string[], string[]];
      for (let row = 0; row < rows; row++) {
        texts.push({ id: Number(ids[row]), title: titles[row], description: descriptions[row].trim() });
      }
    }
    return texts;
  }

  private async *lines(texts: readonly BookText[], most: number, run: TaskRun): AsyncGenerator<string> {
    const breather = new Breather();
    const breathe = async (share: number): Promise<void> => {
      if (!(await breather.breathe())) return;
      run.signal.throwIfAborted();
      run.progress(share, 'describing');
    };
    const counts = new BookTermCounts();
    for (const [done, text] of texts.entries()) {
      counts.add(text);
      await breathe((COUNTING_SHARE * done) / texts.length);
    }
    const terms = counts.fit();
    for (const [done, text] of texts.entries()) {
      const mood = text.description === '' ? {} : sentimentOf(text.description);
      yield `${JSON.stringify({ id: text.id, terms: terms.heaviest(text, most), ...mood })}\n`;
      await breathe(COUNTING_SHARE + (WEIGHING_SHARE * done) / texts.length);
    }
  }

  private async write(file: string, books: Snapshot, fingerprint: string, run: TaskRun): Promise<Commit> {
    const given = { format: 'json', files: [file], columns: ADDED_COLUMNS } as const;
    return this.lake.write(FEATURES, {
      mode: 'overwrite',
      query: { sql: FEATURES_SQL, tables: { books: await this.delta.relation(books), given } },
      description: DESCRIPTION,
      columnDescriptions: COLUMN_DESCRIPTIONS,
      facts: {
        run_id: run.runId,
        inputs: [{ name: BOOKS, version: books.version }],
        ...{ keys: ['id'], time: null, targets: ['price', 'rating'], fingerprint },
      },
      signal: run.signal,
    });
  }
}

const fingerprintOf = ({ rowsChangedIn }: Snapshot, terms: number): string =>
  createHash('sha256')
    .update(JSON.stringify([METHOD, rowsChangedIn, terms]))
    .digest('hex');
