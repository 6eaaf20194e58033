import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { aBook, LocalBus, stockBooks } from '../../test/fixtures/books.js';
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
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/stays as it was.*silver\.books cannot be read as books.*title/s)]]);
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
});
