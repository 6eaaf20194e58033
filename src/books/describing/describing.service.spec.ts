import { setImmediate as turn } from 'node:timers/promises';
import { aBook, aDescriber, stockBooks } from '../../../test/fixtures/books.js';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { aTaskRun } from '../../../test/fixtures/rooms.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import type { Book } from '../book.schema.js';
import { DescribeOptions, type DescribeReport, type DescribingService } from './describing.service.js';

const BOOKS = [
  aBook({ id: 1, title: 'The Lighthouse', description: 'A wonderful, hopeful storm and a keeper. ...more' }),
  aBook({ id: 2, title: 'Storm', description: 'A terrible storm. The keeper cries.' }),
  aBook({ id: 3, title: 'Constructor of __proto__', description: '\n' }),
];

describe('the task books.describe', () => {
  let lake: TestLake;
  let service: DescribingService;
  beforeEach(async () => {
    lake = await openLake();
    service = aDescriber(lake);
  });
  afterEach(() => lake.close());

  const stock = (books: Parameters<typeof stockBooks>[1] = BOOKS) => stockBooks(lake, books);
  const describeBooks = (options: object = {}, run: TaskRun = aTaskRun()): Promise<DescribeReport> =>
    service.describe(DescribeOptions.parse(options), run);
  const features = (sql = 'select * from t order by id') => lake.query('gold.book_features', sql);

  it('gives each book a row: itself, its heaviest terms and its mood', async () => {
    await stock();
    expect(await describeBooks()).toEqual({ rows: 3, version: 0, skipped: false });
    const [first, second, third] = await features();
    const { image: _, url: __, upc: ___, tax: ____, reviews: _____, ...own } = BOOKS[0];
    expect(first).toMatchObject({ ...own, id: 1n, sentiment: 'positive', compound: 0.7906, negative: 0 });
    expect(first.terms).toEqual([
      { term: 'keeper', weight: 0.707107 },
      { term: 'storm', weight: 0.707107 },
    ]);
    expect([second.sentiment, (second.terms as { term: string }[])[0].term]).toEqual(['negative', 'storm']);
    expect(third).toMatchObject({ terms: [], sentiment: null, compound: null });
  });

  it('keeps as many terms as it is asked to', async () => {
    await stock();
    await describeBooks({ terms: 1 });
    expect(await features('select len(terms)::int as n from t order by id')).toEqual([{ n: 1 }, { n: 1 }, { n: 0 }]);
  });

  it('has the types of the books, keys and where it comes from', async () => {
    await stock();
    await describeBooks();
    const [books, described] = [await lake.delta.snapshot('silver.books'), await lake.delta.snapshot('gold.book_features')];
    const typeIn = ({ columns }: typeof books, wanted: string) => columns.find(({ name }) => name === wanted)?.type;
    for (const name of ['id', 'title', 'price', 'rating', 'category', 'stock']) {
      expect(typeIn(described, name)).toBe(typeIn(books, name));
    }
    expect(described.info).toMatchObject({
      ...{ keys: ['id'], targets: ['price', 'rating'] },
      inputs: [{ name: 'silver.books', version: books.version }],
    });
  });

  it('does nothing when the books are the same, unless it is told to', async () => {
    await stock();
    await describeBooks();
    const run = aTaskRun();
    expect(await describeBooks({}, run)).toEqual({ rows: 0, version: 0, skipped: true });
    expect(run.lines).toEqual(['silver.books has not changed: version 0 of gold.book_features stays']);
    expect(await describeBooks({ force: true })).toEqual({ rows: 3, version: 1, skipped: false });
    expect(await describeBooks({ terms: 5 })).toMatchObject({ version: 2, skipped: false });
    await stock(BOOKS.slice(1));
    expect(await describeBooks({ terms: 5 })).toEqual({ rows: 2, version: 3, skipped: false });
  });

  it('describes an empty shop by an empty table', async () => {
    await stock();
    await lake.delta.delete('silver.books', { where: { sql: 'true' } });
    expect(await describeBooks()).toEqual({ rows: 0, version: 0, skipped: false });
    expect(await features()).toEqual([]);
  });

  it('says what to do when there are no books at all', async () => {
    await expect(describeBooks()).rejects.toMatchObject({
      code: 'NO_BOOKS_YET',
      message: expect.stringContaining('scraping/trigger'),
    });
  });

  it('lets others have their turn, tells how far it is, and stops when it is asked to', async () => {
    const long = 'A wonderful storm of words, and none of them the same. '.repeat(150);
    const books = Array.from({ length: 100 }, (_, place): Book => aBook({ id: place + 1, description: `${long} ${place}` }));
    await stock(books);
    const stop = new AbortController();
    const shares: number[] = [];
    const progress = (share: number): void => {
      shares.push(share);
      if (shares.length === 3) stop.abort(new Error('cancelled'));
    };
    let turns = 0;
    const others = (async () => {
      while (!stop.signal.aborted) turns += await turn(1);
    })();
    await expect(describeBooks({}, aTaskRun({ progress, signal: stop.signal }))).rejects.toThrow('cancelled');
    await others;
    expect(turns).toBeGreaterThan(2);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(await lake.delta.exists('gold.book_features')).toBe(false);
  });
});
