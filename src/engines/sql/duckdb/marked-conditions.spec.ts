import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDbSqlEngine } from '../duckdb.sql-engine.js';

describe('conditions with marks', () => {
  let engine: DuckDbSqlEngine;
  let tempFolder: string;
  beforeAll(async () => {
    tempFolder = await mkdtemp(join(tmpdir(), 'marks-'));
    engine = await DuckDbSqlEngine.open({ threads: 1, memoryLimit: '256MB', tempFolder });
  });
  afterAll(async () => {
    await engine.close();
    await rm(tempFolder, { recursive: true });
  });
  const read = (sql: string) => engine.markedConditions(sql, ['(start)', '(end)']);
  const table = 'silver.sales';

  it.each([
    ['sold >= "(start)" and paid and "(end)" > sold', ['(sold >= "(start)")', '("(end)" > sold)']],
    ['sold between "(start)" and "(end)"', ['(sold BETWEEN "(start)" AND "(end)")']],
    ['(paid or sold > "(start)")', ['(paid OR (sold > "(start)"))']],
    ['CAST(sold AS DATE) >= "(start)"', ['(CAST(sold AS DATE) >= "(start)")']],
    ['silver.sales.sold > "(start)" and Sales.sold < "(end)"', ['(sold > "(start)")', '(sold < "(end)")']],
    ['sold > now()', []],
  ])('are the parts of a WHERE that name one: %s', async (where, conditions) => {
    expect(await read(`select * from silver.sales where ${where}`)).toEqual(conditions.length > 0 ? [{ table, conditions }] : []);
  });

  it('are found in JOIN … ON, in WITH, in brackets and on both sides of a UNION', async () => {
    const found = await read(`with a as (select * from silver.sales where sold > "(start)")
      select * from a union all select * from (select s.* from silver.sales as s where s.sold > "(start)")
      union select x.* from a as x join silver.sales as y on x.id = y.id and y.sold > "(start)"`);
    expect(found).toEqual(Array(3).fill({ table, conditions: ['(sold > "(start)")'] }));
  });

  it('come with every table that they may be about, and with none that the query defines', async () => {
    const found = await read('select * from silver.sales join gold.days using (id) where sold > "(start)"');
    expect(found.map((each) => each.table)).toEqual(['silver.sales', 'gold.days']);
    expect(await read('with a as (select 1 as sold) select * from a where sold > "(start)"')).toEqual([]);
  });

  it('are left out when they read tables of their own, or hold what cannot be written again', async () => {
    expect(await read('select * from t where sold > "(start)" and id in (select id from u where u.a < "(end)")')).toEqual([
      { table: 't', conditions: ['(sold > "(start)")'] },
      { table: 'u', conditions: ['(a < "(end)")'] },
    ]);
    expect(await read('select * from t where sold > "(start)" or id = 9007199254740993')).toEqual([]);
  });
});
