import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeltaService } from '../../src/delta/delta.service.js';
import { S3Storage } from '../../src/engines/storage/s3.storage.js';
import { openLake, openLakesOn, type TestLake } from '../fixtures/lake.js';
import { untilCommitted } from '../fixtures/until-committed.js';
import { S3Server } from './servers/s3-server.js';
import { type Toxic, Toxiproxy } from './servers/toxiproxy.js';

const CACHE = { mostBytes: 1e9, heldMs: 60_000 };
/** The request came through, and its answer does not. */
const LOST_ANSWERS: Toxic = { type: 'reset_peer', stream: 'downstream', toxicity: 0.2, attributes: { timeout: 0 } };
const LOST_REQUESTS: Toxic = { type: 'reset_peer', stream: 'upstream', toxicity: 0.2, attributes: { timeout: 0 } };
const CUT_IN_THE_MIDDLE: Toxic = { type: 'limit_data', stream: 'upstream', toxicity: 0.3, attributes: { bytes: 3_000_000 } };

describe('files in S3 behind a network that cuts', () => {
  let server: S3Server;
  let wire: Toxiproxy;
  let folder: string;
  beforeAll(async () => {
    server = await S3Server.start();
    wire = await Toxiproxy.start(server.port);
    folder = await mkdtemp(join(tmpdir(), 'lab-s3-'));
  }, 600_000);
  afterEach(() => wire.heal());
  afterAll(async () => {
    await wire?.stop();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const behindTheWire = (): string => `http://127.0.0.1:${wire.port}`;
  const open = async (bucket: string): Promise<S3Storage> =>
    S3Storage.open(server.config(bucket, '', behindTheWire()), { folder: await mkdtemp(join(folder, 'own-')), cache: CACHE });

  it('have one winner of each race, who knows it', async () => {
    const racers = await Promise.all([open('races'), open('races'), open('races')]);
    await wire.spoil(LOST_ANSWERS, LOST_REQUESTS);
    const told: string[] = [];
    for (let round = 0; round < 20; round++) {
      const won = await Promise.all(racers.map((racer, name) => racer.create(`log/${round}`, Buffer.from(`${name}`))));
      told.push(won.flatMap((has, name) => (has ? [name] : [])).join());
    }
    await wire.heal();
    const stored = await Promise.all(told.map(async (_, round) => String(await racers[0].read(`log/${round}`))));
    expect(stored).toEqual(told);
  });

  it('arrive whole, however large', async () => {
    const storage = await open('large');
    const bytes = randomBytes(24_000_000);
    const staged = join(await storage.stage(), 'part.parquet');
    await writeFile(staged, bytes);
    await wire.spoil(CUT_IN_THE_MIDDLE);
    await storage.adopt(staged, 'a/part.parquet');
    await wire.heal();
    await wire.spoil({ ...CUT_IN_THE_MIDDLE, stream: 'downstream' });
    const elsewhere = await open('large');
    expect(bytes.equals(await readFile(await elsewhere.localFile('a/part.parquet')))).toBe(true);
  });

  it('are away while nothing comes through, and there again by themselves', async () => {
    const storage = await open('away');
    await storage.write('a', Buffer.from('kept'));
    await wire.cut();
    await expect(storage.read('a')).rejects.toMatchObject({ code: 'STORAGE_AWAY', status: 503 });
    await wire.heal();
    expect(String(await storage.read('a'))).toBe('kept');
  });

  describe('hold tables', () => {
    let lake: TestLake;
    beforeAll(async () => {
      openLakesOn(() => ({ settings: server.settings('tables', behindTheWire()), folder: server.lakeFolder('tables') }));
      lake = await openLake();
    });
    afterAll(async () => {
      openLakesOn(undefined);
      await lake.close();
    });

    it('whose rows are neither lost nor doubled when they are appended', async () => {
      await wire.spoil(LOST_ANSWERS, LOST_REQUESTS);
      const writers = [lake.another(), lake.another()].map(async (delta, writer) => {
        for (let version = 1; version <= 10; version++) {
          const query = { sql: `select ${writer} as writer, ${version} as version` };
          await delta.write('bronze.events', { mode: 'append', query, txn: { appId: `writer-${writer}`, version } });
        }
      });
      await Promise.all(writers);
      await wire.heal();
      const counted = 'select count(*) as rows, count(distinct (writer, version)) as different from t';
      expect(await lake.query('bronze.events', counted)).toEqual([{ rows: 20n, different: 20n }]);
    }, 240_000);

    it('whose rows are neither lost nor doubled when they are merged', async () => {
      const counter = (n: number) => `select 'all' as writer, 0 as version, ${n} as n`;
      await lake.delta.write('bronze.counts', { mode: 'append', query: { sql: counter(0) } });
      await wire.spoil(LOST_ANSWERS, LOST_REQUESTS);
      const merge = (delta: DeltaService, writer: string, version: number): Promise<unknown> =>
        delta.merge('bronze.counts', {
          source: { sql: `${counter(1)} union all select '${writer}', ${version}, 1` },
          keys: ['writer', 'version'],
          whenMatched: [{ update: { n: 'target.n + source.n' } }],
          whenNotMatched: [{ insert: 'all' }],
          txn: { appId: writer, version },
        });
      const writers = ['one', 'two'].map(async (writer) => {
        const delta = lake.another();
        for (let version = 1; version <= 5; version++) await untilCommitted(() => merge(delta, writer, version));
      });
      await Promise.all(writers);
      await wire.heal();
      const merged = await lake.query(
        'bronze.counts',
        'select writer, count(*) as rows, sum(n)::int as n from t group by writer order by writer',
      );
      expect(merged).toEqual([
        { writer: 'all', rows: 1n, n: 10 },
        { writer: 'one', rows: 5n, n: 5 },
        { writer: 'two', rows: 5n, n: 5 },
      ]);
    }, 240_000);
  });
});
