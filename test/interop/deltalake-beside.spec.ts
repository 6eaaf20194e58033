import { join } from 'node:path';
import type { DeltaService } from '../../src/delta/delta.service.js';
import { openLake, openLakesOn, type TestLake } from '../fixtures/lake.js';
import { expectSerialised } from '../fixtures/shared-writers.js';
import { untilCommitted } from '../fixtures/until-committed.js';
import { DELTALAKE } from './deltalake/packages.js';
import { PythonEnvironment } from './servers/python-environment.js';
import { S3Server } from './servers/s3-server.js';

const SCRIPT = join(import.meta.dirname, 'deltalake/merge_beside.py');
const BATCHES = 8;
const TABLE = 'silver.shared';
const row = (writer: string, batch: number, n: number): string =>
  `SELECT '${writer}' AS writer, ${batch}::BIGINT AS batch, ${n}::BIGINT AS n`;

/** What deltalake needs to know of the place beside the path. */
const optionsOf = (settings: Readonly<Record<string, string>>): Record<string, string> => ({
  AWS_ENDPOINT_URL: settings.S3_ENDPOINT,
  AWS_ACCESS_KEY_ID: settings.AWS_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY: settings.AWS_SECRET_ACCESS_KEY,
  AWS_REGION: 'us-east-1',
  AWS_ALLOW_HTTP: 'true',
  aws_conditional_put: 'etag',
});

let python: PythonEnvironment;
beforeAll(async () => {
  python = await PythonEnvironment.open('deltalake', DELTALAKE);
}, 600_000);

/** The same that the script does: a row, and one more for it and for the counter. */
async function appendAndMerge(delta: DeltaService, batch: number): Promise<void> {
  await untilCommitted(() => delta.write(TABLE, { mode: 'append', query: { sql: row('ours', batch, 1) } }));
  await untilCommitted(() =>
    delta.merge(TABLE, {
      source: { sql: `${row('counter', 0, 1)} UNION ALL ${row('ours', batch, 10)}` },
      keys: ['writer', 'batch'],
      whenMatched: [{ update: { n: 'target.n + source.n' } }],
      whenNotMatched: [{ insert: 'all' }],
    }),
  );
}

async function expectNothingLost(lake: TestLake, place: string, options: Readonly<Record<string, string>>): Promise<void> {
  await lake.delta.write(TABLE, { mode: 'append', query: { sql: row('counter', 0, 0) } });
  const theirs = ['one', 'two'].map((writer) => python.run(SCRIPT, place, JSON.stringify(options), writer, `${BATCHES}`));
  for (let batch = 1; batch <= BATCHES; batch++) await appendAndMerge(lake.another(), batch);
  await Promise.all(theirs);

  const [{ n }] = await lake.query(TABLE, "SELECT n FROM t WHERE writer = 'counter'");
  expect(n).toBe(BigInt(3 * BATCHES));
  const rest =
    "SELECT writer, count(*) AS rows, count(DISTINCT batch) AS batches, min(n) AS least, max(n) AS most FROM t WHERE writer <> 'counter' GROUP BY writer ORDER BY writer";
  const each = { rows: BigInt(BATCHES), batches: BigInt(BATCHES), least: 11n, most: 11n };
  expect(await lake.query(TABLE, rest)).toEqual(['one', 'ours', 'two'].map((writer) => ({ writer, ...each })));
}

describe('writers that append to one table and merge into it lose nothing and double nothing:', () => {
  it('deltalake and we, on disk', async () => {
    const lake = await openLake();
    try {
      await expectNothingLost(lake, join(lake.folder, 'silver/shared'), {});
    } finally {
      await lake.close();
    }
  }, 300_000);

  describe('in S3', () => {
    let server: S3Server;
    let lake: TestLake;
    beforeAll(async () => {
      server = await S3Server.start();
      openLakesOn(() => ({ settings: server.settings('beside'), folder: server.lakeFolder('beside') }));
      lake = await openLake();
    }, 600_000);
    afterAll(async () => {
      openLakesOn(undefined);
      await lake?.close();
      await server?.stop();
    });

    it(
      'in a table that both have there',
      () => expectNothingLost(lake, 's3://beside/lake/silver/shared', optionsOf(server.settings('beside'))),
      300_000,
    );

    it('three processes of ours', () => expectSerialised(lake, server.settings('beside')), 300_000);
  });
});
