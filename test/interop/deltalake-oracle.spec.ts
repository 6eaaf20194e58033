import { join } from 'node:path';
import { openLake, type TestLake } from '../fixtures/lake.js';
import { DeltaOracle } from './servers/delta-oracle.js';

let oracle: DeltaOracle;
let lake: TestLake;
beforeAll(async () => {
  oracle = await DeltaOracle.open();
  lake = await openLake();
}, 600_000);
afterAll(() => lake?.close());

/** Values of every type at their ends and in their middle, and none: one row for each number from `from`. */
const everyType = (from: number): string => `
  SELECT i::BIGINT AS id, i % 2 = 0 AS flag, (i % 128 - i % 2 * 128)::TINYINT AS tiny, (i * -3)::SMALLINT AS small, (-i)::INTEGER AS whole,
    if(i % 3 = 0, NULL, 9223372036854775807 - i) AS big, 18446744073709551615::UBIGINT AS unsigned, (i - 5)::HUGEINT * 10::HUGEINT ** 30 AS huge,
    (i / 3)::FLOAT AS single, [0.1, 'nan'::DOUBLE, '-inf'::DOUBLE, -0.0, NULL][i % 5 + 1] AS double,
    ((i - 50) / 7)::DECIMAL(10,2) AS money, (i - 5 || '.123456789')::DECIMAL(38,9) AS exact, (i - 5 || '.5')::DECIMAL(4,1) AS short,
    ['São "Paulo"', 'a' || chr(10) || chr(13) || chr(9) || 'b', '', 'it''s \\ 100%', '😀', NULL, 'NULL'][i % 7 + 1] AS words,
    if(i % 4 = 0, NULL, encode('é' || chr(0) || i)) AS bytes,
    [DATE '1582-10-15', '1969-12-31', '0001-01-01', '9999-12-31', NULL][i % 5 + 1] AS day,
    [TIMESTAMPTZ '1969-12-31 23:59:59.999999+00', '0001-01-01 00:00:00+00', '9999-12-31 23:59:59.999999+00', NULL][i % 4 + 1] AS moment,
    if(i % 3 = 0, NULL, {'x': i::INTEGER, 'y z': {'deep': ['é', NULL], 'when': DATE '1969-07-20' - i::INTEGER}, 'money': (i / 4)::DECIMAL(20,4)}) AS nested,
    [[], NULL, [i, NULL, -i]][i % 3 + 1] AS list, [MAP {}, NULL, MAP {'k' || i: [{'v': i / 8}]}][i % 3 + 1] AS map,
    ['São Paulo', 'a/b=c%20d e', '"x" \\ [1]*?', NULL][i % 4 + 1] AS city, DATE '1969-12-31' + (i % 3)::INTEGER AS part
  FROM range(${from}, ${from + 12}) AS r(i)`;

const write = (table: string, sql: string, partitionBy?: string[]): Promise<unknown> =>
  lake.delta.write(table, { mode: 'append', query: { sql }, partitionBy });

describe('the reader of DuckDB, deltalake and we see the same', () => {
  it('values of every type, in partitions and in every version', async () => {
    await write('silver.every', everyType(0), ['city', 'part']);
    await write('silver.every', everyType(12));
    await lake.delta.update('silver.every', {
      where: { sql: 'id % 5 = 0' },
      set: { words: "words || '!'", money: 'money * -1' },
    });
    await lake.delta.delete('silver.every', { where: { sql: 'id BETWEEN 10 AND 13' } });
    await lake.delta.optimize('silver.every');
    const rows = [];
    for (let version = 0; version <= 4; version++) rows.push((await oracle.agrees(lake, 'silver.every', version)).rows.length);
    expect(rows).toEqual([12, 24, 24, 20, 20]);
  });

  it('what deltalake wrote of every type, and what both append to it in turn', async () => {
    const folder = join(lake.folder, 'theirs/every');
    const theirs = (from: number): Promise<unknown> => oracle.run('append_every_type.py', folder, String(from));
    await theirs(0);
    const { columns } = await oracle.agrees(lake, 'theirs.every');
    expect(Object.fromEntries(columns)).toMatchObject({
      local: 'TIMESTAMP',
      moment: 'TIMESTAMP WITH TIME ZONE',
      money: 'DECIMAL(10,2)',
    });
    const shift =
      "SELECT * REPLACE (id + $1 AS id, local - to_years(60) AS local, words || ' ''ours''' AS words) FROM t WHERE id < 4";
    for (const from of [4, 12]) {
      const t = await lake.delta.relation(await lake.delta.snapshot('theirs.every'));
      await lake.delta.write('theirs.every', { mode: 'append', query: { sql: shift, tables: { t }, parameters: [from] } });
      await theirs(from + 4);
    }
    for (const version of [0, 1, 2, 3, 4]) {
      expect((await oracle.agrees(lake, 'theirs.every', version)).rows).toHaveLength(4 * (version + 1));
    }
  });

  it('the rows of both when they append at the same time', async () => {
    const folder = join(lake.folder, 'theirs/racing');
    await oracle.run('append_every_type.py', folder, '0');
    const t = await lake.delta.relation(await lake.delta.snapshot('theirs.racing'));
    const ours = async (): Promise<void> => {
      for (let round = 1; round <= 8; round++) {
        const query = { sql: 'SELECT * REPLACE (id + $1 AS id) FROM t', tables: { t }, parameters: [100 * round] };
        await lake.another().write('theirs.racing', { mode: 'append', query });
      }
    };
    await Promise.all([ours(), ...[1000, 2000].map((from) => oracle.run('append_every_type.py', folder, String(from), '4'))]);
    const { rows } = await oracle.agrees(lake, 'theirs.racing');
    const expected = [
      0,
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((round) => 100 * round),
      ...[1000, 2000].flatMap((from) => [0, 1, 2, 3].map((round) => from + 4 * round)),
    ];
    expect(rows.map(([id]) => Number(id))).toEqual(expected.flatMap((from) => [0, 1, 2, 3].map((at) => from + at)));
  });
});
