import { cp, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import { type LakeStorage } from '../engines/storage/storage.port.js';
import { DeltaService } from './delta.service.js';

const WRITES = ['create', 'write', 'adopt', 'remove', 'stage', 'discard'];

/** The same storage, which refuses one of its writes. @param nth counted from 1 */
function refusing(storage: LakeStorage, nth: number): { storage: LakeStorage; refused: () => string | undefined } {
  let count = 0;
  let refused: string | undefined;
  const faulty = new Proxy(storage, {
    get(target, method: keyof LakeStorage) {
      const call = (target[method] as (...args: unknown[]) => unknown).bind(target);
      if (!WRITES.includes(method)) return call;
      return (...args: unknown[]): unknown => {
        if (++count !== nth) return call(...args);
        refused = method;
        return Promise.reject(new Error('refused'));
      };
    },
  });
  return { storage: faulty, refused: () => refused };
}

const rows = (from: number, count: number, type = 'BIGINT'): string =>
  `SELECT i::${type} AS id, i % 2 AS half FROM range(${from}, ${from + count}) AS r(i)`;

/** Each changes a table of eight files and a hundred rows. The first brings it to the version of a checkpoint, too. */
const CHANGES: readonly [name: string, change: (delta: DeltaService, table: string) => Promise<unknown>, rowsAfter: number][] = [
  ['an append', (delta, table) => delta.write(table, { mode: 'append', query: { sql: rows(100, 10) } }), 110],
  ['an overwrite', (delta, table) => delta.write(table, { mode: 'overwrite', query: { sql: rows(0, 5) } }), 5],
  [
    'an overwrite that declares a constraint',
    (delta, table) => delta.write(table, { mode: 'overwrite', query: { sql: rows(0, 5) }, constraints: { few: 'id < 9' } }),
    5,
  ],
  [
    'an overwrite of some rows',
    (delta, table) => delta.write(table, { mode: 'overwrite', query: { sql: rows(0, 1) }, where: { sql: 'id < 15' } }),
    86,
  ],
  [
    'an append that widens',
    (delta, table) => delta.write(table, { mode: 'append', query: { sql: rows(100, 10, 'DECIMAL(22,2)') }, evolve: true }),
    110,
  ],
  ['a deletion', (delta, table) => delta.delete(table, { where: { sql: 'id < 15' } }), 85],
  ['an update', (delta, table) => delta.update(table, { where: { sql: 'id < 15' }, set: { id: 'id + 1000' } }), 100],
  [
    'a merge',
    (delta, table) =>
      delta.merge(table, {
        ...{ source: { sql: rows(95, 20) }, keys: ['id'], whenMatched: [{ delete: true }], whenNotMatched: [{ insert: 'all' }] },
        whenNotMatchedBySource: [{ when: 'target.id < 15', update: { id: 'target.id + 1000' } }],
      }),
    110,
  ],
  ['a compaction', (delta, table) => delta.optimize(table), 100],
  ['a restore', (delta, table) => delta.restore(table, { version: 1 }), 50],
  ['a constraint', (delta, table) => delta.setConstraint(table, 'positive', 'id >= 0'), 100],
  ['a vacuum', (delta, table) => delta.vacuum(table, { retentionHours: 0, force: true }), 100],
];

describe('a storage that refuses any one write', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
    const append = (n: number): Promise<unknown> =>
      lake.delta.write('silver.whole', {
        mode: 'append',
        query: { sql: rows(25 * n, n < 4 ? 25 : 0) },
        partitionBy: ['half'],
      });
    for (let n = 0; n < 9; n++) await append(n);
    await lake.storage.write('silver/whole/orphan.parquet', Buffer.from('half'));
    const past = new Date(Date.now() - 1000);
    await utimes(join(lake.folder, 'silver/whole/orphan.parquet'), past, past);
    await copy('whole', 'silver.short');
    await append(9);
  });
  afterAll(() => lake.close());

  const copy = (from: string, table: string): Promise<void> =>
    cp(join(lake.folder, 'silver', from), join(lake.folder, table.replace('.', '/')), {
      ...{ recursive: true, preserveTimestamps: true },
    });
  const dataFiles = async (table: string): Promise<string[]> =>
    (await lake.storage.list(`${table.replace('.', '/')}/`)).map(({ path }) => path).filter((path) => path.endsWith('.parquet'));
  const isEntry = (path: string): boolean => path.includes('_delta_log');

  it.each(CHANGES)('keeps %s whole or leaves nothing of it', async (name, change, rowsAfter) => {
    const rejected: (string | undefined)[] = [];
    for (let nth = 1; ; nth++) {
      const table = `silver.part_${nth}_${name.replaceAll(' ', '-')}`;
      await copy(name === CHANGES[0][0] ? 'whole' : 'short', table);
      const { storage, refused } = refusing(lake.storage, nth);
      const failed = await change(new DeltaService(storage, lake.sql), table).then(
        () => false,
        () => true,
      );
      const snapshot = await lake.another().snapshot(table);
      const [{ n }] = await lake.query(snapshot, 'SELECT count(DISTINCT id) AS n FROM t');
      expect([Number(n), snapshot.rows]).toEqual(failed ? [100, 100] : [rowsAfter, rowsAfter]);
      if (!refused()) break;
      if (failed) rejected.push(refused());
      // Nobody can know whether an entry that was sent did arrive: its files have to stay.
      if (failed && refused() !== 'create' && refused() !== 'remove') {
        const known = new Set(snapshot.files.map(({ path }) => path));
        const strange = (await dataFiles(table)).filter(
          (path) => !isEntry(path) && !known.has(path) && !path.endsWith('orphan.parquet'),
        );
        expect(strange).toEqual([]);
      }
      const staging = join(lake.folder, '.staging');
      const left = await readdir(staging);
      expect(left).toHaveLength(refused() === 'discard' ? 1 : 0);
      await Promise.all(left.map((folder) => lake.storage.discard(join(staging, folder))));
      // They come last, when all is done, and one is like the other.
      if (refused() === 'discard') break;
    }
    expect(rejected).toContain('create');
  });

  it('leaves of a log that is cleaned what begins later and has no holes', async () => {
    const append = (table: string): Promise<unknown> =>
      lake.delta.write(table, { mode: 'append', query: { sql: rows(0, 0) }, partitionBy: ['half'] });
    await copy('whole', 'silver.long');
    for (let n = 10; n < 12; n++) await append('silver.long');
    const past = new Date(Date.now() - 40 * 86_400_000);
    const log = join(lake.folder, 'silver/long/_delta_log');
    for (const name of await readdir(log)) await utimes(join(log, name), past, past);
    for (let nth = 1; nth <= 10; nth++) {
      const table = `silver.cleaned_${nth}`;
      await copy('long', table);
      const { storage } = refusing(lake.storage, nth);
      await expect(new DeltaService(storage, lake.sql).cleanLog(table)).rejects.toThrow('refused');
      const delta = lake.another();
      const versions = (await delta.history(table)).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: 13 - nth }, (_, back) => 11 - back));
      expect([(await delta.snapshot(table)).rows, (await delta.snapshot(table, { version: 10 })).rows]).toEqual([100, 100]);
      expect(await delta.cleanLog(table)).toMatchObject({ files: 11 - nth, oldestVersion: 10 });
    }
  });
});
