import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { TableNotFoundError } from '../../delta/delta.errors.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { Snapshot } from '../../delta/delta.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { EventBus } from '../../events/event-bus.js';
import { ReadyAnswer } from '../answers/ready-answer.js';
import { FeaturesUnreadableError } from './predicting.errors.js';

const TABLE = 'gold.book_features';

/** In the order of the answer. Terms stay in the table: they would be most of the bytes. */
const TYPES = {
  ...{ id: 'DOUBLE', title: 'VARCHAR', price: 'DOUBLE', rating: 'INTEGER', category: 'VARCHAR', availability: 'VARCHAR' },
  ...{ stock: 'INTEGER', sentiment: 'VARCHAR', compound: 'DOUBLE', positive: 'DOUBLE', neutral: 'DOUBLE', negative: 'DOUBLE' },
};
const NAMES = Object.keys(TYPES);
const CELLS = Object.entries(TYPES).map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
const SQL = `SELECT ${CELLS.join(', ')} FROM features ORDER BY id`;

/** A writer that died between its commit and the word of it leaves the answer behind for so long at most. */
const LOOK_EVERY_MS = 60_000;
const RETRY_AFTER_MS = 5_000;

/** The features of the books as bytes, read anew when their table has changed. The last ones stay when the new cannot be read. */
@Injectable()
export class BookFeatures implements OnModuleDestroy {
  private readonly logger = new Logger(BookFeatures.name);
  private readonly stop = new AbortController();
  private readonly unsubscribe: () => void;
  private known: { readonly version: number | undefined; readonly answer: ReadyAnswer } | undefined;
  private looking: Promise<ReadyAnswer> | undefined;
  private lookAt = -Infinity;

  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    @Inject(EventBus) bus: EventBus,
  ) {
    this.unsubscribe = bus.subscribe('dataset.changed', ({ dataset }) => {
      if (dataset === TABLE) this.lookAt = -Infinity;
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.unsubscribe();
    this.stop.abort();
    await this.looking?.catch(() => undefined);
  }

  /** An array, empty before the first scrape. @throws {FeaturesUnreadableError} when there is none that was read before */
  async current(): Promise<ReadyAnswer> {
    if (this.known && performance.now() < this.lookAt) return this.known.answer;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async look(): Promise<ReadyAnswer> {
    // Before the look, so that a change on the way is looked for again.
    this.lookAt = performance.now() + LOOK_EVERY_MS;
    try {
      const snapshot = await this.newest();
      const isKnown = this.known && this.known.version === snapshot?.version;
      if (!this.known || !isKnown) {
        this.known = { version: snapshot?.version, answer: ReadyAnswer.of(Buffer.from(await this.read(snapshot))) };
      }
      return this.known.answer;
    } catch (error) {
      const failure = error instanceof SqlError ? new FeaturesUnreadableError(TABLE, error.reason) : error;
      if (!this.known || this.stop.signal.aborted) {
        this.lookAt = -Infinity;
        throw failure;
      }
      // Unless a change has come meanwhile, which is looked for at once.
      this.lookAt = Math.min(this.lookAt, performance.now() + RETRY_AFTER_MS);
      this.logger.warn(`The features stay as they were: ${String(failure)}`);
      return this.known.answer;
    }
  }

  private async newest(): Promise<Snapshot | undefined> {
    try {
      return await this.delta.snapshot(TABLE);
    } catch (error) {
      if (error instanceof TableNotFoundError) return undefined;
      throw error;
    }
  }

  private async read(snapshot: Snapshot | undefined): Promise<string> {
    if (!snapshot) return '[]';
    const query = { sql: SQL, tables: { features: await this.delta.relation(snapshot) } };
    const books: string[] = [];
    for await (const { rows, values } of this.sql.read(query, { signal: this.stop.signal })) {
      for (let row = 0; row < rows; row++) {
        books.push(JSON.stringify(Object.fromEntries(NAMES.map((name, place) => [name, values[place][row]]))));
      }
    }
    return `[${books.join(',')}]`;
  }
}
