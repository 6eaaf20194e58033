import { setTimeout as sleep } from 'node:timers/promises';
import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import {
  CommitConflictError,
  InvalidTableNameError,
  SchemaMismatchError,
  TableNotFoundError,
  UnsupportedTypeError,
  VersionNotFoundError,
} from './delta.errors.js';
import type { WriteRequest } from './delta.types.js';

const numbers = (from: number, count: number): string =>
  `SELECT i AS id, 'n' || i AS name FROM range(${from}, ${from + count}) AS r(i)`;

const anAppend = (overrides: Partial<WriteRequest> & { sql?: string } = {}): WriteRequest => {
  const { sql = numbers(0, 10), ...others } = overrides;
  return { mode: 'append', query: { sql }, ...others };
};
const anOverwrite = (overrides: Parameters<typeof anAppend>[0] = {}): WriteRequest => ({
  ...anAppend(overrides),
  mode: 'overwrite',
});

describe('DeltaService', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  let tables = 0;
  const aTable = (): string => `silver.table_${++tables}`;
  const files = async (table: string): Promise<string[]> =>
    (await lake.storage.list(`${table.replace('.', '/')}/`)).map(({ path }) => path).filter((path) => path.endsWith('.parquet'));
  const entry = async (table: string, version: number): Promise<Record<string, never>[]> => {
    const path = `${table.replace('.', '/')}/_delta_log/${String(version).padStart(20, '0')}.json`;
    return String(await lake.storage.read(path))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  };

  describe('write', () => {
    it('makes a table out of a query', async () => {
      const table = aTable();
      const commit = await lake.delta.write(table, anAppend());
      expect(commit).toMatchObject({
        table,
        version: 0,
        operation: 'WRITE',
        rowsAdded: 10,
        filesAdded: 1,
        rowsRemoved: 0,
        skipped: false,
      });
      expect(await lake.query(table, 'SELECT count(*) AS n, min(id) AS least, max(name) AS last FROM t')).toEqual([
        { n: 10n, least: 0n, last: 'n9' },
      ]);
    });

    it('asks for no more of the protocol than everybody has', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend({ sql: "SELECT TIMESTAMP '2024-01-01' AS at" }));
      expect(await entry(table, 0)).toContainEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } });
    });

    it('adds rows to the end of the history', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const commit = await lake.delta.write(table, anAppend({ sql: numbers(10, 5) }));
      expect(commit).toMatchObject({ version: 1, rowsAdded: 5 });
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 1, rows: 15, files: [{ rows: 10 }, { rows: 5 }] });
    });

    it('replaces every row, and the columns with them', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const commit = await lake.delta.write(table, anOverwrite({ sql: 'SELECT 1.5 AS price' }));
      expect(commit).toMatchObject({ version: 1, rowsAdded: 1, rowsRemoved: 10, filesRemoved: 1 });
      expect(await lake.query(table, 'SELECT * FROM t')).toEqual([{ price: '1.5' }]);
    });

    it('counts a time without a zone as UTC', async () => {
      const table = aTable();
      await lake.delta.write(
        table,
        anAppend({
          sql: "SELECT TIMESTAMP '2024-02-29 12:00:00.123456' AS moment, {'at': TIMESTAMP '2024-02-29 12:00:00'} AS nested",
        }),
      );
      const { columns } = await lake.delta.snapshot(table);
      expect(columns.map(({ type }) => type)).toEqual(['TIMESTAMP WITH TIME ZONE', 'STRUCT("at" TIMESTAMP WITH TIME ZONE)']);
      expect(await lake.query(table, 'SELECT moment, nested FROM t')).toEqual([
        { moment: new Date('2024-02-29T12:00:00.123Z'), nested: { at: new Date('2024-02-29T12:00:00Z') } },
      ]);
    });

    it('makes an empty table of an empty result, which can be read and filled', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend({ sql: `${numbers(0, 0)} -- none` }));
      expect(await files(table)).toEqual([]);
      expect(await lake.query(table, 'SELECT count(*) AS n, max(name) AS last FROM t')).toEqual([{ n: 0n, last: null }]);
      await lake.delta.write(table, anAppend());
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 1, rows: 10 });
    });

    it('refuses rows with other columns and leaves no file behind', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const wrong = lake.delta.write(table, anAppend({ sql: "SELECT 'a' AS id, 1 AS extra" }));
      await expect(wrong).rejects.toThrow(SchemaMismatchError);
      await expect(wrong).rejects.toThrow(
        'it has no column "extra" (INTEGER); its column "id" is BIGINT, not VARCHAR; its column "name" is missing',
      );
      expect(await files(table)).toHaveLength(1);
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 0 });
    });

    it('takes columns in another order, another case and a narrower type', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      await lake.delta.write(table, anAppend({ sql: "SELECT 'x' AS NAME, 99::SMALLINT AS Id" }));
      expect(await lake.query(table, 'SELECT * FROM t WHERE id = 99')).toEqual([{ id: 99n, name: 'x' }]);
    });

    it('says which column has a type that no table holds', async () => {
      await expect(lake.delta.write(aTable(), anAppend({ sql: 'SELECT union_value(n := 1) AS either' }))).rejects.toThrow(
        UnsupportedTypeError,
      );
    });

    it('keeps descriptions, and what the writer wants to be kept with the commit', async () => {
      const table = aTable();
      const info = { run: 'r-1', quality: [{ passed: true }] };
      await lake.delta.write(
        table,
        anAppend({ info, operation: 'BUILD', description: 'Numbers', columnDescriptions: { ID: 'the key' } }),
      );
      expect(await lake.delta.snapshot(table)).toMatchObject({
        description: 'Numbers',
        info,
        columns: [{ description: 'the key' }, { name: 'name' }],
      });
      expect(await lake.delta.history(table)).toMatchObject([{ operation: 'BUILD', info }]);
      await lake.delta.write(table, anAppend({ description: 'More numbers' }));
      expect(await lake.delta.snapshot(table)).toMatchObject({
        description: 'More numbers',
        info: {},
        columns: [{ description: 'the key' }, {}],
      });
    });

    it('does nothing more once its signal is given', async () => {
      const table = aTable();
      const abort = new AbortController();
      const inspect = async (): Promise<undefined> => void abort.abort(new Error('enough'));
      await expect(lake.delta.write(table, anAppend({ signal: abort.signal, inspect }))).rejects.toThrow('enough');
      expect([await lake.delta.exists(table), await files(table)]).toEqual([false, []]);
    });

    it('is done when it is committed, whatever becomes of its left-overs', async () => {
      const table = aTable();
      const { discard } = lake.storage;
      lake.storage.discard = () => Promise.reject(new Error('busy'));
      expect(await lake.delta.write(table, anAppend())).toMatchObject({ version: 0 });
      lake.storage.discard = discard;
    });

    it('keeps the old version when a file cannot be put in its place', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const { adopt } = lake.storage;
      lake.storage.adopt = () => Promise.reject(new Error('disk full'));
      await expect(lake.delta.write(table, anOverwrite())).rejects.toThrow('disk full');
      lake.storage.adopt = adopt;
      expect(await lake.query(table, 'SELECT count(*) AS n FROM t')).toEqual([{ n: 10n }]);
    });

    it('keeps its files when nobody knows whether the commit arrived', async () => {
      const table = aTable();
      const { create } = lake.storage;
      lake.storage.create = async (path, bytes) => {
        await create.call(lake.storage, path, bytes);
        throw new Error('connection lost');
      };
      await expect(lake.delta.write(table, anAppend({ txn: { appId: 'a', version: 1 } }))).rejects.toThrow('connection lost');
      lake.storage.create = create;
      expect(await lake.delta.write(table, anAppend({ txn: { appId: 'a', version: 1 } }))).toMatchObject({ skipped: true });
      expect(await lake.query(table, 'SELECT count(*) AS n FROM t')).toEqual([{ n: 10n }]);
    });

    it.each(['flights', 'silver.a.b', 'silver.', '../x.y', 'silver.a/b', 'silver.é', `silver.${'x'.repeat(129)}`])(
      'refuses "%s" for a name',
      async (name) => {
        await expect(lake.delta.write(name, anAppend())).rejects.toThrow(InvalidTableNameError);
      },
    );
  });

  describe('a transaction', () => {
    const txn = (version: number, appId = 'load'): Partial<WriteRequest> => ({ txn: { appId, version } });

    it('is written once, however often it is tried', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend(txn(7)));
      const again = await lake.delta.write(table, anAppend(txn(7)));
      const older = await lake.another().write(table, anAppend(txn(6)));
      expect([again, older]).toMatchObject([{ skipped: true, version: 0, rowsAdded: 0 }, { skipped: true }]);
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 0, rows: 10, txns: new Map([['load', 7]]) });
    });

    it('is one of its application alone', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend(txn(7)));
      await lake.delta.write(table, anAppend(txn(1, 'other')));
      await lake.delta.write(table, anAppend(txn(8)));
      expect((await lake.delta.snapshot(table)).txns).toEqual(
        new Map([
          ['load', 8],
          ['other', 1],
        ]),
      );
    });

    it('is skipped when another writer records it meanwhile, and its files go', async () => {
      const table = aTable();
      const rival = async (): Promise<undefined> => void (await lake.another().write(table, anAppend(txn(7))));
      const commit = await lake.delta.write(table, anAppend({ ...txn(7), inspect: rival }));
      expect([commit.skipped, await files(table)]).toEqual([true, [expect.any(String)]]);
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 0, rows: 10 });
    });

    it('conflicts with an older one that another writer records meanwhile', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend(txn(1)));
      const rival = async (): Promise<undefined> => void (await lake.another().write(table, anAppend(txn(2))));
      await expect(lake.delta.write(table, anAppend({ ...txn(3), inspect: rival }))).rejects.toThrow(
        '"load" recorded another version',
      );
    });
  });

  describe('when another writer commits first', () => {
    const meanwhile =
      (table: string, request: WriteRequest): NonNullable<WriteRequest['inspect']> =>
      async () =>
        void (await lake.another().write(table, request));

    it('an append lands behind it', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const commit = await lake.delta.write(table, anAppend({ inspect: meanwhile(table, anAppend()) }));
      expect(commit.version).toBe(2);
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 2, rows: 30 });
    });

    it('an append lands behind an overwrite that kept the columns', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      await lake.delta.write(
        table,
        anAppend({ inspect: meanwhile(table, anOverwrite({ sql: numbers(0, 1), description: 'one' })) }),
      );
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 2, rows: 11, description: 'one' });
    });

    it('an append finds the table that it was about to make', async () => {
      const table = aTable();
      const commit = await lake.delta.write(table, anAppend({ inspect: meanwhile(table, anAppend()) }));
      expect(commit).toMatchObject({ version: 1, rowsAdded: 10 });
      expect((await entry(table, 1)).some((action) => 'metaData' in action)).toBe(false);
    });

    it.each<[string, (table: string) => WriteRequest, WriteRequest]>([
      ['an append fails when the columns changed', () => anAppend(), anOverwrite({ sql: 'SELECT 1 AS other' })],
      ['an overwrite fails when rows were added', () => anOverwrite(), anAppend()],
      ['an overwrite fails when rows were replaced', () => anOverwrite(), anOverwrite()],
    ])('%s', async (_, mine, theirs) => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const conflict = lake.delta.write(table, { ...mine(table), inspect: meanwhile(table, theirs) });
      await expect(conflict).rejects.toThrow(CommitConflictError);
      await expect(conflict).rejects.toMatchObject({ retryable: true });
      const { version, files: live } = await lake.delta.snapshot(table);
      expect(version).toBe(1);
      expect(await files(table)).toEqual(expect.arrayContaining(live.map(({ path }) => path)));
      expect(await files(table)).toHaveLength(2);
    });

    it('a write that reads its own table fails when rows came since it was read', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const tables = { t: await lake.delta.relation(await lake.delta.snapshot(table)) };
      await lake.another().write(table, anAppend());
      for (const mode of ['append', 'overwrite'] as const) {
        await expect(lake.delta.write(table, { mode, query: { sql: 'SELECT * FROM t', tables } })).rejects.toThrow(
          'version 1 added or removed rows',
        );
      }
    });

    it('a write that reads its own table goes through when nothing came', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const tables = { t: await lake.delta.relation(await lake.delta.snapshot(table)) };
      await lake.delta.write(table, { mode: 'overwrite', query: { sql: 'SELECT * FROM t WHERE id < 3', tables } });
      expect(await lake.delta.snapshot(table)).toMatchObject({ version: 1, rows: 3 });
    });

    it('an append that was about to make the table does not put up with what the other one demands of it', async () => {
      const table = aTable();
      const inspect = async (): Promise<undefined> => {
        await lake.another().write(table, anAppend());
        const path = `${table.replace('.', '/')}/_delta_log/${'0'.repeat(20)}.json`;
        const constrained = String(await lake.storage.read(path)).replace(
          '"configuration":{}',
          '"configuration":{"delta.appendOnly":"true"}',
        );
        await lake.storage.write(path, Buffer.from(constrained));
      };
      await expect(lake.delta.write(table, anAppend({ inspect }))).rejects.toThrow('its columns or settings changed');
    });

    it('a hundred appends of one process at the same time all arrive', async () => {
      const table = aTable();
      const commits = await Promise.all(
        Array.from({ length: 100 }, (_, n) => lake.delta.write(table, anAppend({ sql: numbers(n, 1) }))),
      );
      expect(new Set(commits.map(({ version }) => version)).size).toBe(100);
      expect(await lake.query(table, 'SELECT count(*) AS n, count(DISTINCT id) AS ids FROM t')).toEqual([{ n: 100n, ids: 100n }]);
    });
  });

  describe('inspect', () => {
    it('sees the rows before anybody else', async () => {
      const table = aTable();
      const seen: unknown[] = [];
      await lake.delta.write(table, {
        ...anAppend(),
        inspect: async ({ relation, rows }) => {
          seen.push(rows, await lake.delta.exists(table));
          seen.push(
            ...(await lake.sql.rows({ sql: 'SELECT sum(id) AS total FROM t', tables: { t: relation } })).map(({ total }) =>
              Number(total),
            ),
          );
          return undefined;
        },
      });
      expect(seen).toEqual([10, false, 45]);
    });

    it('may put other rows in their place', async () => {
      const table = aTable();
      const commit = await lake.delta.write(table, {
        ...anAppend(),
        inspect: async () => ({ sql: 'SELECT * FROM candidate WHERE id > 6' }),
      });
      expect([commit.rowsAdded, await lake.query(table, 'SELECT min(id) AS least FROM t')]).toEqual([3, [{ least: 7n }]]);
    });

    it('sees an empty result as a table of its columns', async () => {
      const table = aTable();
      const inspect: WriteRequest['inspect'] = async ({ relation }) => ({
        sql: 'SELECT * FROM candidate UNION ALL SELECT * FROM t',
        tables: { t: relation },
      });
      expect(await lake.delta.write(table, anAppend({ sql: numbers(0, 0), inspect }))).toMatchObject({
        rowsAdded: 0,
        version: 0,
      });
    });

    it('stops the write when it throws, and nothing is left', async () => {
      const table = aTable();
      const refused = lake.delta.write(table, { ...anAppend(), inspect: () => Promise.reject(new Error('negative prices')) });
      await expect(refused).rejects.toThrow('negative prices');
      expect([await lake.delta.exists(table), await files(table)]).toEqual([false, []]);
    });
  });

  describe('time travel', () => {
    it('shows any version that there was', async () => {
      const table = aTable();
      for (let n = 0; n < 25; n++) await lake.delta.write(table, anAppend({ sql: numbers(n, 1), info: { n } }));
      for (const version of [0, 9, 10, 11, 19, 24]) {
        const snapshot = await lake.another().snapshot(table, { version });
        expect(snapshot).toMatchObject({ version, rows: version + 1, info: { n: version } });
        expect(snapshot.files).toHaveLength(version + 1);
      }
    });

    it('shows the version that was there at a time', async () => {
      const table = aTable();
      const times: Date[] = [];
      for (let n = 0; n < 12; n++) {
        times.push((await lake.delta.write(table, anAppend({ sql: numbers(n, 1) }))).timestamp);
        await sleep(2);
      }
      for (const [version, timestamp] of times.entries()) {
        expect(await lake.delta.snapshot(table, { timestamp })).toMatchObject({ version, timestamp });
        expect(await lake.delta.snapshot(table, { timestamp: new Date(timestamp.getTime() + 1) })).toMatchObject({ version });
      }
      expect(await lake.delta.snapshot(table, { timestamp: new Date('9999-01-01') })).toMatchObject({ version: 11 });
      await expect(lake.delta.snapshot(table, { timestamp: new Date('1999-01-01') })).rejects.toThrow(
        'no version as old as 1999-01-01',
      );
    });

    it('keeps an overwritten version readable', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      await lake.delta.write(table, anOverwrite({ sql: 'SELECT true AS other' }));
      const before = await lake.delta.snapshot(table, { version: 0 });
      expect(await lake.query(before, 'SELECT count(name) AS n FROM t')).toEqual([{ n: 10n }]);
    });

    it.each([1, -1, 0.5, Number.NaN])('knows no version %s of a table that has one', async (version) => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      await expect(lake.delta.snapshot(table, { version })).rejects.toThrow(VersionNotFoundError);
    });

    it('leaves a snapshot as it was when the table moves on', async () => {
      const table = aTable();
      await lake.delta.write(table, anAppend());
      const snapshot = await lake.delta.snapshot(table);
      await lake.delta.write(table, anOverwrite({ sql: numbers(0, 1) }));
      expect(snapshot).toMatchObject({ version: 0, rows: 10, files: [{ rows: 10 }] });
      expect(await lake.query(snapshot, 'SELECT count(*) AS n FROM t')).toEqual([{ n: 10n }]);
    });
  });

  it('tells the history newest first, as much of it as is asked for', async () => {
    const table = aTable();
    for (let n = 0; n < 20; n++) await lake.delta.write(table, anAppend({ sql: numbers(n, n + 1) }));
    expect((await lake.delta.history(table)).map(({ version, rowsAdded }) => [version, rowsAdded])).toEqual(
      Array.from({ length: 20 }, (_, n) => [19 - n, 20 - n]),
    );
    expect((await lake.delta.history(table, 3)).map(({ version }) => version)).toEqual([19, 18, 17]);
  });

  it('knows which tables there are', async () => {
    const other = await openLake();
    for (const table of ['silver.b', 'gold.a', 'silver.a']) await other.delta.write(table, anAppend({ sql: 'SELECT 1 AS n' }));
    await other.storage.write('landing/file/1.csv', Buffer.from('a'));
    await other.storage.write('silver/half-made/part-0.parquet', Buffer.from('a'));
    expect(await other.delta.tables()).toEqual(['gold.a', 'silver.a', 'silver.b']);
    expect([await other.delta.exists('silver.a'), await other.delta.exists('silver.c')]).toEqual([true, false]);
    await other.close();
  });

  it.each(['snapshot', 'history'] as const)('has no %s of a table that is not there', async (method) => {
    await expect(lake.delta[method]('silver.nowhere')).rejects.toThrow(TableNotFoundError);
  });
});
