import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { aBook, countBooks, describeBooks, LocalBus, stockBooks } from '../../test/fixtures/books.js';
import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import { CatalogueService } from './catalogue.service.js';
import { CatalogueReader } from './catalogue-reader.js';

describe('CatalogueService', () => {
  let lake: TestLake;
  let bus: LocalBus;
  let reader: CatalogueReader;
  let service: CatalogueService;

  beforeEach(async () => {
    lake = await openLake();
    bus = new LocalBus();
    reader = new CatalogueReader(lake.delta, lake.sql);
    service = new CatalogueService(reader, bus);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await service.onModuleDestroy();
    await lake.close();
  });

  const titles = async (): Promise<string[]> => (await service.current()).catalogue.books.map(({ title }) => title);
  const announce = (dataset = 'silver.books'): Promise<void> => bus.publish({ type: 'dataset.changed', dataset, version: 1 });
  const settled = async (): Promise<void> => {
    while (service['loading']) await service['loading'].catch(() => undefined);
  };
  const quiet = () => jest.spyOn(service['logger'], 'warn').mockImplementation(() => undefined);

  it('is empty when nothing was scraped yet', async () => expect(await titles()).toEqual([]));

  it('holds the books of the table by their ids, as they are', async () => {
    const books = [aBook({ id: 9, title: 'Ninth' }), aBook({ id: 2, title: 'Second £5' })];
    await stockBooks(lake, books);
    const { catalogue } = await service.current();
    expect(catalogue.books).toEqual([books[1], books[0]]);
  });

  it('makes a missing text an empty one, keeps a missing number, and leaves out what is no book', async () => {
    await stockBooks(lake, [
      { ...aBook({ id: 1 }), description: null, tax: null },
      { ...aBook({ id: 2 }), price: null },
    ]);
    const { catalogue } = await service.current();
    expect(catalogue.books).toEqual([aBook({ description: '', tax: null })]);
  });

  it('is read once for all who wait for it', async () => {
    const read = jest.spyOn(reader, 'read');
    await Promise.all([service.current(), service.current(), service.current()]);
    await service.current();
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('is read anew when the table changes, and answers from the last whole one until then', async () => {
    await stockBooks(lake, [aBook({ title: 'Old' })]);
    await titles();
    await stockBooks(lake, [aBook({ title: 'New' })]);
    await announce();
    expect(await titles()).toEqual(['Old']);
    await settled();
    expect(await titles()).toEqual(['New']);
  });

  it('does not care about other tables', async () => {
    await titles();
    await stockBooks(lake, [aBook()]);
    await announce('silver.flights');
    await settled();
    expect(await titles()).toEqual([]);
  });

  it('looks once more when the table changes while it is read', async () => {
    const original = reader.read.bind(reader);
    jest.spyOn(reader, 'read').mockImplementationOnce(async (...given) => {
      const first = await original(...given);
      await stockBooks(lake, [aBook({ title: 'Meanwhile' })]);
      await announce();
      return first;
    });
    expect(await titles()).toEqual(['Meanwhile']);
  });

  it('stays as it was when the table cannot be read, and says so', async () => {
    await stockBooks(lake, [aBook({ title: 'Good' })]);
    await titles();
    await lake.delta.write('silver.books', { mode: 'overwrite', query: { sql: 'SELECT 1 AS id' } });
    const warn = quiet();
    await announce();
    await settled();
    await turn();
    expect(await titles()).toEqual(['Good']);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/stays as it was.*silver\.books cannot be read.*title/s)]]);
  });

  it('says what is wrong when there was none before, and is read as soon as it can be', async () => {
    await lake.delta.write('silver.books', { mode: 'overwrite', query: { sql: 'SELECT 1 AS id' } });
    await expect(service.current()).rejects.toMatchObject({ code: 'CATALOGUE_UNREADABLE', status: 503 });
    await stockBooks(lake, [aBook({ title: 'Mended' })]);
    expect(await titles()).toEqual(['Mended']);
  });

  it('finds a change that nobody announced', async () => {
    await titles();
    await stockBooks(lake, [aBook({ title: 'Quiet' })]);
    const now = performance.now();
    jest.spyOn(performance, 'now').mockReturnValue(now + 61_000);
    expect(await titles()).toEqual([]);
    await settled();
    expect(await titles()).toEqual(['Quiet']);
  });

  describe('with statistics', () => {
    const counted = async (): Promise<number> => (await service.current()).catalogue.overview().total_books;
    const restock = async (...ids: number[]): Promise<void> => {
      await stockBooks(
        lake,
        ids.map((id) => aBook({ id, title: `Book ${id}` })),
      );
      await announce();
      await settled();
    };
    const count = async (): Promise<void> => {
      await countBooks(lake);
      await announce('gold.book_stats');
      await settled();
      await titles();
    };

    it('has none before gold is built', async () => {
      await restock(1);
      expect([await titles(), await counted()]).toEqual([['Book 1'], 0]);
    });

    it('shows new books and their statistics at the same moment', async () => {
      await restock(1);
      await count();
      expect([await titles(), await counted()]).toEqual([['Book 1'], 1]);
      await restock(1, 2);
      expect([await titles(), await counted()]).toEqual([['Book 1'], 1]);
      await count();
      expect([await titles(), await counted()]).toEqual([['Book 1', 'Book 2'], 2]);
    });

    it('does so also in a process that starts between the two', async () => {
      await restock(1);
      await count();
      await restock(1, 2);
      const { answers } = await reader.read(undefined, new AbortController().signal);
      expect([answers.catalogue.books.length, answers.catalogue.overview().total_books]).toEqual([1, 1]);
    });

    it('shows new books without theirs when nobody has counted them for ten minutes', async () => {
      await restock(1);
      await count();
      await restock(1, 2);
      const later = Date.now() + 11 * 60_000;
      jest.spyOn(Date, 'now').mockReturnValue(later);
      await announce();
      await settled();
      expect([await titles(), await counted()]).toEqual([['Book 1', 'Book 2'], 1]);
    });

    it('reads only the table that has changed', async () => {
      await restock(1);
      await count();
      const read = jest.spyOn(lake.sql, 'read');
      await lake.delta.write('gold.book_stats', { mode: 'append', query: { sql: await aCategory('Art') } });
      await announce('gold.book_stats');
      await settled();
      expect((await service.current()).catalogue.categories()).toEqual(['Art', 'Poetry']);
      expect(read.mock.calls.map(([{ sql }]) => /total_price/.test(sql))).toEqual([true]);
    });

    it('does not wait for statistics of books that were only packed anew', async () => {
      await restock(1);
      const books = await lake.delta.relation(await lake.delta.snapshot('silver.books'));
      const query = { sql: 'SELECT * REPLACE (id + 1 AS id) FROM books', tables: { books } };
      await lake.delta.write('silver.books', { mode: 'append', query });
      await count();
      const { version } = await lake.delta.optimize('silver.books');
      expect((await reader.read(undefined, new AbortController().signal)).parts.books.version).toBe(version);
    });

    it('has books without statistics that cannot be read, and says why to who asks for these', async () => {
      await lake.delta.write('gold.book_stats', { mode: 'overwrite', query: { sql: "SELECT 'Art' AS category" } });
      await restock(1);
      expect(await titles()).toEqual(['Book 1']);
      await expect(counted()).rejects.toMatchObject({ code: 'CATALOGUE_UNREADABLE', status: 503 });
    });

    it('goes on with the books, but not with old statistics, when later ones cannot be read', async () => {
      await restock(1);
      await count();
      await restock(1, 2);
      await lake.delta.write('gold.book_stats', { mode: 'overwrite', query: { sql: "SELECT 'Art' AS category" } });
      await announce('gold.book_stats');
      await settled();
      expect(await titles()).toEqual(['Book 1', 'Book 2']);
      await expect(counted()).rejects.toMatchObject({ code: 'CATALOGUE_UNREADABLE' });
    });

    const aCategory = async (name: string): Promise<string> => {
      const { columns } = await lake.delta.snapshot('gold.book_stats');
      const cells = columns.map(({ name: column, type }) => (column === 'category' ? `'${name}'` : `CAST(1 AS ${type})`));
      return `SELECT ${columns.map(({ name: column }, place) => `${cells[place]} AS ${column}`).join(', ')}`;
    };
  });

  describe('with features', () => {
    const STORM = [aBook({ id: 1, title: 'Storm' }), aBook({ id: 2, title: 'A storm' }), aBook({ id: 3, title: 'Fox' })];
    const termsOfFirst = async (): Promise<string[]> => {
      const { catalogue } = await service.current();
      return catalogue.recommend(1, 1)[0].shared_terms;
    };

    it('recommends nothing before the books are described, and says so', async () => {
      await stockBooks(lake, STORM);
      await expect(termsOfFirst()).rejects.toMatchObject({ code: 'BOOKS_NOT_DESCRIBED', status: 503 });
      await describeBooks(lake);
      await announce('gold.book_features');
      await settled();
      expect(await termsOfFirst()).toContain('storm');
    });

    it('reads only them when only they change', async () => {
      await stockBooks(lake, STORM);
      await titles();
      await describeBooks(lake);
      const read = jest.spyOn(lake.sql, 'read');
      await announce('gold.book_features');
      await settled();
      expect(read.mock.calls.map(([{ sql }]) => /terms/.test(sql))).toEqual([true]);
    });

    it('has books also when there are features of another form', async () => {
      await stockBooks(lake, STORM);
      await lake.delta.write('gold.book_features', { mode: 'overwrite', query: { sql: "SELECT 1 AS id, 'storm' AS terms" } });
      expect(await titles()).toHaveLength(3);
      await expect(termsOfFirst()).rejects.toMatchObject({ code: 'CATALOGUE_UNREADABLE' });
    });
  });
});
