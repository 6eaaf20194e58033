import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from 'prom-client';
import { aBook } from '../../../test/fixtures/books.js';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { shippedFiles } from '../../../test/fixtures/workspace.js';
import { WebhookRefusedError } from '../../alerts/alerts.errors.js';
import { type WebhookMessage, WebhookService } from '../../alerts/webhook.service.js';
import { DeltaService } from '../../delta/delta.service.js';
import { CacheModule } from '../../engines/cache/cache.module.js';
import { type BooksUpdated, EventBus } from '../../events/event-bus.js';
import { HealthFacts } from '../../http/health-facts.js';
import { BuildService } from '../../medallion/build.service.js';
import { MedallionModule } from '../../medallion/medallion.module.js';
import type { Book } from '../book.schema.js';
import { BooksModule } from '../books.module.js';
import { CatalogueService } from '../catalogue.service.js';
import { AnnouncingService } from './announcing.service.js';

const MODELS = ['silver/books', 'gold/book_stats', 'gold/book_updates'].map((model) => `transforms/${model}.sql`);
const COLUMNS = {
  ...{ position: 'INTEGER', url: 'VARCHAR', title: 'VARCHAR', price: 'DOUBLE', rating: 'INTEGER', availability: 'VARCHAR' },
  ...{ image: 'VARCHAR', category: 'VARCHAR', description: 'VARCHAR', upc: 'VARCHAR', tax: 'DOUBLE', stock: 'INTEGER' },
  ...{ reviews: 'INTEGER', _ingested_at: 'TIMESTAMP WITH TIME ZONE', _source: 'VARCHAR', _batch: 'VARCHAR' },
};
/** What the list of the shop tells, and what only the page of a book does. */
type ScrapedBook = Partial<Omit<Book, 'id' | keyof typeof NO_DETAILS>> & {
  [Field in keyof typeof NO_DETAILS]?: Book[Field] | null;
};
const NO_DETAILS = { category: null, description: null, upc: null, tax: null, stock: null, reviews: null };

describe('what a scrape changed', () => {
  let rooms: Rooms;
  let sent: WebhookMessage[];
  let refusal: Error | undefined;
  const listener = {
    isConfigured: true,
    send: async (message: WebhookMessage) => {
      if (refusal) throw refusal;
      return sent.push(message);
    },
  };
  const of = <T>(token: abstract new (...given: never[]) => T): T => rooms.module.get<T>(token, { strict: false });

  beforeAll(async () => {
    const overrides = new Map<typeof WebhookService, unknown>([[WebhookService, listener]]);
    rooms = await openRooms([CacheModule, MedallionModule, BooksModule], shippedFiles(...MODELS), overrides);
  });
  beforeEach(() => ([sent, refusal] = [[], undefined]));
  afterAll(() => rooms.close());

  /** As a scrape leaves it, built as the pipeline builds it. */
  const scrape = async (run: string, at: string, books: readonly ScrapedBook[]) => {
    const folder = await mkdtemp(join(tmpdir(), 'lab-scrape-'));
    try {
      const file = join(folder, 'rows.jsonl');
      const added = { _ingested_at: at, _source: 'shop', _batch: run };
      const { id, ...book } = aBook();
      const rows = books.map((overrides, place) => ({ position: id + place, ...book, ...overrides, ...added }));
      await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
      const columns = Object.entries(COLUMNS).map(([name, type]) => ({ name, type }));
      const given = { format: 'json', files: [file], columns } as const;
      await of(DeltaService).write('bronze.books', { mode: 'append', query: { sql: 'select * from given', tables: { given } } });
    } finally {
      await rm(folder, { recursive: true });
    }
    const models = ['gold.book_stats', 'gold.book_updates'];
    await of(BuildService).build({ models, force: false }, aTaskRun());
  };
  const announce = (run = aTaskRun()) => of(AnnouncingService).announce({}, run);
  const metric = async (name: string) => (await register.getSingleMetric(name)?.get())?.values;

  it('is nothing before the first one, which is told with how to begin', async () => {
    await expect(announce()).rejects.toMatchObject({ code: 'NOTHING_TO_ANNOUNCE' });
    expect(await of(HealthFacts).report()).toEqual({
      books: {
        count: 0,
        note: expect.stringMatching(/None yet: POST \/api\/v1\/scraping\/trigger.*http:\/\/books\.toscrape\.com\//),
      },
    });
    expect([await metric('lab_books'), await metric('lab_books_scraped_timestamp_seconds')]).toMatchObject([
      [{ value: 0 }],
      [{ value: 0 }],
    ]);
  });

  it('is told of the first one as all new', async () => {
    await scrape('one', '2026-01-01T04:00:00Z', [
      { url: 'a', title: 'Stays' },
      { url: 'b', title: 'Moves', price: 10 },
      { url: 'c', title: 'Goes' },
      { url: 'd', title: 'Cannot be read' },
    ]);
    expect(await announce()).toEqual({ run: 'one', books: 4, added: 4, removed: 0, changed: 0, webhook: 'sent' });
  });

  it('is told against the one before: by event, by webhook, in metrics and at health', async () => {
    const heard: BooksUpdated[] = [];
    const stop = of(EventBus).subscribe('books.updated', (event) => void heard.push(event));
    await scrape('two', '2026-01-02T04:00:00Z', [
      { url: 'a', title: 'Stays' },
      { url: 'b', title: 'Moves', price: 11 },
      { url: 'd', title: 'Cannot be read', ...NO_DETAILS },
      { url: 'e', title: 'Comes', category: 'Art', price: 5 },
    ]);
    const facts = { run: 'two', books: 4, added: 1, removed: 1, changed: 1 };
    expect(await announce()).toEqual({ ...facts, webhook: 'sent' });
    expect(heard).toEqual([{ type: 'books.updated', ...facts }]);
    stop();
    const timestamp = new Date('2026-01-02T04:00:00Z');
    expect(sent).toEqual([{ id: 'books.updated.two', type: 'books.updated', timestamp, data: facts }]);
    expect(await of(HealthFacts).report()).toEqual({ books: { count: 4, note: 'Scraped at 2026-01-02T04:00:00.000Z' } });
    expect([await metric('lab_books'), await metric('lab_books_updates')]).toMatchObject([[{ value: 4 }], [{ value: 2 }]]);
    expect(await metric('lab_books_scraped_timestamp_seconds')).toMatchObject([{ value: timestamp.getTime() / 1000 }]);
    expect(await metric('lab_books_mean_price_pounds')).toContainEqual({ labels: { category: 'Art' }, value: 5 });
  });

  it('is told only when the catalogue answers from it', async () => {
    await scrape('three', '2026-01-03T04:00:00Z', [{ url: 'a', title: 'Alone' }]);
    await announce();
    const { catalogue } = await of(CatalogueService).current();
    expect(catalogue.books.map(({ title }) => title)).toEqual(['Alone']);
  });

  it('stands when nobody outside takes the word of it', async () => {
    refusal = new WebhookRefusedError(4, 'it answered 500');
    const run = aTaskRun();
    expect(await announce(run)).toMatchObject({ run: 'three', webhook: 'refused' });
    expect(run.lines.at(-1)).toMatch(/did not take the message in 4 attempt\(s\): it answered 500.*WEBHOOK_URL/);
  });
});
