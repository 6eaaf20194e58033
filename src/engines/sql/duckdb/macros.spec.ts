import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbSqlEngine } from '../duckdb.sql-engine.js';

describe('the functions of the lab', () => {
  let folder: string;
  let sql: DuckDbSqlEngine;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'macros-'));
    sql = await DuckDbSqlEngine.open({ threads: 1, memoryLimit: '200MB', tempFolder: folder });
  });
  afterAll(async () => {
    await sql.close();
    await rm(folder, { recursive: true });
  });

  const value = async (expression: string): Promise<unknown> =>
    (await sql.rows({ sql: `select ${expression} as value` }))[0].value;

  it.each([
    ["'  São   Paulo '", 'São Paulo'],
    ["'Sa' || chr(771) || 'o'", 'São'],
    ["'a' || chr(160) || chr(8203) || chr(10) || 'b'", 'a b'],
    ["' ' || chr(160)", null],
    ["''", null],
    ['NULL', null],
  ])('clean_text(%s) is %j', async (text, cleaned) => {
    expect(await value(`clean_text(${text})`)).toBe(cleaned);
  });

  it.each([
    ['4, 100', 'low'],
    ['5, 100', 'medium'],
    ['15, -100', 'high'],
    ['1, 0', null],
    ['NULL, 100', null],
  ])('volatility_class(%s) is %j', async (given, expected) => {
    expect(await value(`volatility_class(${given})`)).toBe(expected);
  });

  describe('over a table', () => {
    let prices: { format: 'csv'; files: string[] };
    beforeAll(async () => {
      const rows = Array.from({ length: 60 }, (_, day) => [`a,${10 + (day % 3)}`, `b,${1000 + (day % 3)}`]).flat();
      const file = join(folder, 'prices.csv');
      await writeFile(file, ['series,price', ...rows, 'a,1000', 'a,', 'c,5'].join('\n'));
      prices = { format: 'csv', files: [file] };
    });
    const ask = (text: string) => sql.rows({ sql: text, tables: { 'silver.prices': prices } });

    it('is_outlier sees more than three deviations, in its own series when that is named', async () => {
      expect(await ask('select series, price from silver.prices qualify is_outlier(price, series)')).toEqual([
        { series: 'a', price: 1000n },
      ]);
      expect(await ask('select price from silver.prices qualify is_outlier(price)')).toEqual([]);
    });

    it('sigma_distance is none where there is no deviation', async () => {
      const all = 'select series, sigma_distance(price, series) as away from silver.prices';
      expect(await ask(`select away from (${all}) as t where series = 'c'`)).toEqual([{ away: null }]);
    });

    it('stand in views as well', async () => {
      const view = {
        sql: 'select clean_text(series) as series, price from silver.prices where price > 1001',
        tables: { 'silver.prices': prices },
      };
      const tables = { 'gold.dear': { format: 'view' as const, query: view } };
      expect(await sql.rows({ sql: 'select distinct clean_text(series) as series from gold.dear', tables })).toEqual([
        { series: 'b' },
      ]);
    });

    it('value_statistics makes columns of them', async () => {
      const text = "select unnest(value_statistics(price, 2)) from silver.prices where series = 'b'";
      expect(await ask(text)).toEqual([
        {
          average: 1001,
          highest: 1002n,
          lowest: 1000n,
          deviation: expect.closeTo(0.8233, 3),
          volume: 120n,
          median: 1001,
          volatility: 'low',
        },
      ]);
    });
  });
});
