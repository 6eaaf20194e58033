import { expectToSurvive } from '../../test/fixtures/delta-model.js';
import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import { expectSerialised } from '../../test/fixtures/shared-writers.js';
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

  it('change and merge rows side by side as if one came after the other', () => expectSerialised(lake));

  it('leave what they acknowledged and no more, at whatever write they are killed', () =>
    expectToSurvive(lake, { kills: 8, seed: 7 }));
});
