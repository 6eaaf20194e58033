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
  /** Twice: the second time the text is known. */
  const read = async (sql: string) => {
    const found = await engine.markedConditions(sql, ['(start)', '(end)']);
    expect(await engine.markedConditions(sql, ['(start)', '(end)'])).toEqual(found);
    return found;
  };
  const table = 'silver.sales';

  it.each([
    ['sold >= "(start)" and paid and "(end)" > sold', ['(sold >= "(start)")', '("(end)" > sold)']],
    ['sold between "(start)" and "(end)"', ['(sold BETWEEN "(start)" AND "(end)")']],
    ['(paid or sold > "(start)")', ['(paid OR (sold > "(start)"))']],
    ['CAST(sold AS DATE) >= "(start)"', ['(CAST(sold AS DATE) >= "(start)")']],
    ['silver.sales.sold > "(start)" and Sales.sold < "(end)"', ['(sold > "(start)")', '(sold < "(end)")']],
    ['sold > now()', []],
  ])('are the parts of a WHERE that name one: %s', async (where, conditions) => {
    expect(await read(`select * from silver.sales where ${where}`)).toEqual(
      conditions.length > 0 ? [{ table, conditions: conditions.map((condition) => [condition]) }] : [],
    );
  });

  it('are found in JOIN … ON, in WITH, in brackets and on both sides of a UNION', async () => {
    const found = await read(`with a as (select * from silver.sales where sold > "(start)")
      select * from a union all select * from (select s.* from silver.sales as s where s.sold > "(start)")
      union select x.* from a as x join silver.sales as y on x.id = y.id and y.sold > "(start)"`);
    expect(found).toEqual(Array(3).fill({ table, conditions: [['(sold > "(start)")']] }));
  });

  it('come with every table that they may be about, and with none that the query defines', async () => {
    const found = await read('select * from silver.sales join gold.days using (id) where sold > "(start)"');
    expect(found.map((each) => each.table)).toEqual(['silver.sales', 'gold.days']);
    expect(await read('with a as (select 1 as sold) select * from a where sold > "(start)"')).toEqual([]);
  });

  it('come with what the SELECT calls so, where a name may be one of its own', async () => {
    const select = "select cast(sold as date) as day, date_trunc('month', day) as month from silver.sales";
    expect(await read(`${select} where day >= "(start)"`)).toEqual([
      { table, conditions: [['("day" >= "(start)")', '(CAST(sold AS DATE) >= "(start)")']] },
    ]);
    expect((await read(`${select} where month = "(start)"`))[0].conditions[0].at(-1)).toBe(
      `(date_trunc('month', CAST(sold AS DATE)) = "(start)")`,
    );
  });

  const asDay = '(CAST(sold AS DATE) > "(start)")';
  const days = 'select cast(s.sold as date) as day, * exclude (id) replace (upper(town) as town) from silver.sales as s';
  it.each([
    ['a WITH', `with d as (${days} where paid) select * from d as x where x.day > "(start)"`, [asDay]],
    ['brackets', `select * from (${days}) where day > "(start)"`, [asDay, '("day" > "(start)")']],
    ['a WITH over another', `with a as (${days}), b as (select day as d from a) select d from b where d > "(start)"`, [asDay]],
    ['a * that leaves it as it is', `select * from (${days}) where sold > "(start)"`, ['(sold > "(start)")']],
    ['a * that replaces it', `select * from (${days}) where town > "(start)"`, ['(upper(town) > "(start)")']],
  ])('are followed through %s', async (_what, sql, forms) => {
    const [{ conditions }, ...others] = await read(sql);
    expect(others).toEqual([]);
    expect(conditions).toHaveLength(1);
    expect(conditions[0]).toEqual(expect.arrayContaining(forms));
  });

  it('stand together with those of the SELECT that they are followed into', async () => {
    const sql = 'select * from (select sold as moment from silver.sales where sold >= "(start)") where moment < "(end)"';
    expect((await read(sql)).map(({ conditions }) => conditions.map((forms) => forms[0]))).toEqual([
      ['(sold >= "(start)")', '(sold < "(end)")'],
    ]);
  });

  it.each([
    'select max(sold) as day from silver.sales group by town',
    'select sold as day, row_number() over (order by sold) as place from silver.sales',
    'select sold as day from silver.sales limit 5',
    'select distinct on (town) sold as day from silver.sales',
    'select sold as day from silver.sales union all select sold from silver.sales',
    'select * exclude (day) from silver.sales',
    'select (select 1) as day from silver.sales',
  ])('are not followed into what makes its rows of several, or has no such column: %s', async (sql) => {
    expect(await read(`select * from (${sql}) where day > "(start)"`)).toEqual([]);
  });

  it('are left out when they read tables of their own, or hold what cannot be written again', async () => {
    expect(await read('select * from t where sold > "(start)" and id in (select id from u where u.a < "(end)")')).toEqual([
      { table: 't', conditions: [['(sold > "(start)")']] },
      { table: 'u', conditions: [['(a < "(end)")']] },
    ]);
    expect(await read('select * from t where sold > "(start)" or id = 9007199254740993')).toEqual([]);
  });
});
