import { expectToSurvive } from '../../test/fixtures/delta-model.js';
import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import { WriterProcess } from '../../test/fixtures/writer-process.js';

const WRITERS = 4;
const BATCHES = 15;

describe('writers in processes of their own', () => {
  let lake: TestLake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const writers = (appIdOf: (writer: number) => string, table: string): Promise<WriterProcess[]> =>
    Promise.all(
      Array.from({ length: WRITERS }, (_, writer) =>
        WriterProcess.start({ dataDir: lake.dataDir, table, appId: appIdOf(writer), from: 1, to: BATCHES }),
      ),
    );

  it('lose no row and double none, although all of them begin without a table', async () => {
    const started = await writers((writer) => `writer-${writer}`, 'silver.shared');
    const acknowledged = (await Promise.all(started.map((writer) => writer.end()))).flat();

    const versions = acknowledged.map(({ version }) => version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: WRITERS * BATCHES }, (_, version) => version));
    const counts = 'SELECT count(*) AS rows, count(DISTINCT (writer, batch, id)) AS different FROM t';
    expect(await lake.query('silver.shared', counts)).toEqual([{ rows: 600n, different: 600n }]);
  });

  it('commit a transaction once that all of them try', async () => {
    const started = await writers(() => 'same', 'silver.raced');
    const acknowledged = (await Promise.all(started.map((writer) => writer.end()))).flat();

    expect(acknowledged.filter(({ skipped }) => !skipped)).toHaveLength(BATCHES);
    const perBatch = 'SELECT batch, count(*) AS rows FROM t GROUP BY batch HAVING count(*) <> 10';
    expect(await lake.query('silver.raced', perBatch)).toEqual([]);
    expect(await lake.delta.snapshot('silver.raced')).toMatchObject({ version: BATCHES - 1, rows: 10 * BATCHES });
  });

  it('change rows side by side as if one came after the other', async () => {
    const work = { dataDir: lake.dataDir, table: 'silver.changed', work: 'shared', from: 1, to: 10 } as const;
    await lake.delta.write(work.table, {
      ...{ mode: 'append', query: { sql: "SELECT 'counter' AS writer, 0::BIGINT AS batch, 0::BIGINT AS id" } },
    });
    const started = await Promise.all(['a', 'b', 'c'].map((appId) => WriterProcess.start({ ...work, appId })));
    await Promise.all(started.map((writer) => writer.end()));

    const counter = "SELECT id FROM t WHERE writer = 'counter'";
    expect(await lake.query(work.table, counter)).toEqual([{ id: 6n }]);
    const rest = "SELECT batch, count(*) AS n, sum(id) AS ids FROM t WHERE writer <> 'counter' GROUP BY batch ORDER BY batch";
    expect(await lake.query(work.table, rest)).toEqual([
      ...[1n, 2n, 6n, 7n].map((batch) => (batch % 5n === 1n ? { batch, n: 18n, ids: 117n } : { batch, n: 30n, ids: 135n })),
    ]);
  });

  it('leave what they acknowledged and no more, at whatever write they are killed', () =>
    expectToSurvive(lake, { kills: 8, seed: 7 }));
});
