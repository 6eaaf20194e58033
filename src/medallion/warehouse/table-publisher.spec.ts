import pg from 'pg';
import { DataSource } from 'typeorm';
import { aTaskRun } from '../../../test/fixtures/rooms.js';
import { TestWarehouse } from '../../../test/fixtures/warehouse.js';
import { readConfig } from '../../config/lab-config.js';
import type { Database } from '../../engines/database/database.service.js';
import { BiRole } from './bi-role.js';

describe('TablePublisher', () => {
  let warehouse: TestWarehouse;

  beforeAll(async () => {
    warehouse = await TestWarehouse.open({ biPassword: 'read-the-gold' });
  });
  afterAll(() => warehouse.close());

  const indexesOf = async (table: string): Promise<string[]> => {
    const named = `select indexname from pg_indexes where schemaname = 'gold' and tablename = '${table}' order by 1`;
    return (await warehouse.rows(named)).map(({ indexname }) => String(indexname));
  };

  describe('refuses what PostgreSQL cannot hold, and leaves nothing behind:', () => {
    it.each([
      [{ indexes: [['none']] }, 'select 1 as id', 'names a column "none", which the table has not. It has: id'],
      [{}, `select map {[1]: 'x'} as odd`, 'its column "odd" is a MAP(INTEGER[], VARCHAR), for which PostgreSQL has no type'],
      [{}, `select {'b': 'x'::blob} as odd`, 'its column "odd" is a STRUCT("b" BLOB)'],
      [{}, `select 'x' as "${'é'.repeat(32)}"`, 'is longer than the 63 bytes of PostgreSQL'],
      [{}, `select 'x' || chr(0) as words`, 'row 1: invalid byte sequence for encoding "UTF8": 0x00'],
      [{}, `select unnest([date '2020-01-01', '5881580-07-10']) as far`, 'the column "far" of row 2: date out of range'],
      [{}, `select 1 as ctid`, 'column name "ctid" conflicts with a system column name'],
      [{ key: ['id'] }, `select unnest([1, null]) as id`, 'column "id" of relation'],
    ])('%j of %s', async (publish, sql, message) => {
      await warehouse.write('gold.refused', sql);
      await expect(warehouse.publish('gold.refused', publish)).rejects.toThrow(message);
      expect(await warehouse.relations()).not.toContain('refused');
    });
  });

  it('leaves the version before when a key is not unique any more', async () => {
    await warehouse.write('gold.keyed', 'select 1 as id');
    await warehouse.publish('gold.keyed', { key: ['id'] });
    await warehouse.write('gold.keyed', 'select unnest([2, 2]) as id');
    await expect(warehouse.publish('gold.keyed', { key: ['id'] })).rejects.toThrow('(id)=(2) is duplicated');
    expect(await warehouse.rows('select * from gold.keyed')).toEqual([{ id: 1 }]);
  });

  it('takes no table of somebody else away', async () => {
    await warehouse.client.query('create table gold.theirs (mine text)');
    await warehouse.write('gold.theirs', 'select 1 as id');
    await expect(warehouse.publish('gold.theirs')).rejects.toThrow('gold.theirs in PostgreSQL is not ours');
  });

  it('takes names for names, whatever is in them', async () => {
    const name = 'a"; drop table gold.keyed; --';
    await warehouse.write('gold.named', `select 1 as "${name.replaceAll('"', '""')}"`);
    await warehouse.publish('gold.named', { key: [name], indexes: [[name]] });
    expect(await warehouse.rows('select * from gold.named')).toEqual([{ [name]: 1 }]);
    expect(await warehouse.relations()).toContain('keyed');
    const named = (await indexesOf('named')).map((index) => index.replace(/_[0-9a-f]{12}_/, '_'));
    expect(named.sort()).toEqual([`named_${name}_idx`, 'named_pkey']);
  });

  describe('gives each index a name of its own:', () => {
    it.each([
      ['stores', [['region', 'day']], 'stores_region', [['day']]],
      ['houses', [['a_b']], 'houses_a', [['b']]],
      ['a_table_whose_name_is_nearly_as_long_as_postgresql_lets_it_be', [['day']], 'beside_it', [['day'], ['day', 'b']]],
    ])('%s by %j and %s by %j', async (one, indexes, other, others) => {
      for (const [table, publish] of [
        [one, { key: ['day'], indexes }],
        [other, { key: ['day'], indexes: others }],
      ] as const) {
        await warehouse.write(`gold.${table}`, 'select 1 as region, 2 as day, 3 as a_b, 4 as b');
        await warehouse.publish(`gold.${table}`, publish);
        expect(await indexesOf(table)).toHaveLength(1 + publish.indexes.length);
      }
    });

    it.each(['replace', 'merge'])('also where the table before has names from an older lab (%s)', async (mode) => {
      const publish = { mode, key: ['id'], indexes: [['n']] };
      const table = `older_${mode}`;
      await warehouse.write(`gold.${table}`, 'select 1 as id, 1 as n');
      await warehouse.publish(`gold.${table}`, publish);
      for (const index of await indexesOf(table)) {
        await warehouse.client.query(`alter index gold.${index} rename to ${table}_${index.endsWith('pkey') ? 'pkey' : 'n_idx'}`);
      }
      await warehouse.write(`gold.${table}`, 'select 1 as id, 2 as n');
      await warehouse.publish(`gold.${table}`, publish);
      expect(await warehouse.rows(`select * from gold.${table}`)).toEqual([{ id: 1, n: 2 }]);
      expect(await indexesOf(table)).toHaveLength(2);
    });
  });

  it('keeps times before Christ, without end, and to the microsecond', async () => {
    const moments = ['0044-03-15 (BC) 12:00:00.123456+00', '-infinity', '9999-12-31 23:59:59.999999+00'];
    await warehouse.write(
      'gold.times',
      `select unnest([${moments.map((text) => `'${text}'`).join(', ')}])::timestamptz as moment`,
    );
    await warehouse.publish('gold.times');
    const found = await warehouse.rows(`select (moment at time zone 'UTC')::text as moment from gold.times`);
    expect(found.map(({ moment }) => moment)).toEqual([
      '0044-03-15 12:00:00.123456 BC',
      '-infinity',
      '9999-12-31 23:59:59.999999',
    ]);
  });

  it('publishes what is empty', async () => {
    await warehouse.write('gold.empty', 'select 1 as id where false');
    expect(await warehouse.publish('gold.empty')).toMatchObject({ rows: 0, skipped: false });
    expect(await warehouse.rows('select * from gold.empty')).toEqual([]);
  });

  it('shows a reader who is in the middle the old rows or the new ones', async () => {
    await warehouse.write('gold.swapped', 'select 1 as id from range(10)');
    await warehouse.publish('gold.swapped');
    const reader = new pg.Client({ connectionString: warehouse.rooms.databaseUrl });
    await reader.connect();
    await reader.query('begin isolation level repeatable read; select 1');
    await warehouse.write('gold.swapped', 'select 2 as id from range(20)');
    await warehouse.publish('gold.swapped');
    const { rows } = await reader.query('select id, count(*)::int as rows from gold.swapped group by id');
    await reader.end();
    expect(rows).toEqual([{ id: 2, rows: 20 }]);
  });

  it('waits for readers of the old table, and gives up when it is told to', async () => {
    await warehouse.write('gold.busy', 'select 1 as id');
    await warehouse.publish('gold.busy');
    await warehouse.client.query('begin; select * from gold.busy');
    await warehouse.write('gold.busy', 'select 2 as id');
    const stop = new AbortController();
    const publishing = warehouse.publish('gold.busy', {}, aTaskRun({ signal: stop.signal }));
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'DROP TABLE%'`;
    const watcher = new pg.Client({ connectionString: warehouse.rooms.databaseUrl });
    await watcher.connect();
    while ((await watcher.query(waiting)).rowCount === 0);
    await watcher.end();
    stop.abort(new Error('stopped'));
    await expect(publishing).rejects.toThrow('stopped');
    await warehouse.client.query('commit');
    expect(await warehouse.rows('select * from gold.busy')).toEqual([{ id: 1 }]);
    expect(await warehouse.publish('gold.busy')).toMatchObject({ version: 1, skipped: false });
  });

  describe('by merge', () => {
    const MERGE = { mode: 'merge', key: ['id'] };

    it('touches the rows that differ, while others read, and keeps what is built on the table', async () => {
      const rows = (text: string) =>
        `select i as id, if(i = 3, '${text}', null) as words, {'n': i} as nested from range(5) as t(i)`;
      await warehouse.write('gold.merged', rows('old'));
      await warehouse.publish('gold.merged', MERGE);
      await warehouse.client.query('create view public.on_it as select id from gold.merged');
      const before = await warehouse.rows('select id, xmin::text as by from gold.merged order by id');
      await warehouse.client.query('begin; select * from gold.merged');
      await warehouse.write('gold.merged', `from (${rows('new')}) where id > 0 union all select 9, 'nine', {'n': 9}`);
      expect(await warehouse.publish('gold.merged', MERGE)).toMatchObject({ rows: 5, skipped: false });
      await warehouse.client.query('commit');
      const after = await warehouse.rows('select id, words, nested, xmin::text as by from gold.merged order by id');
      expect(after.map(({ id, words, nested }) => [id, words, nested])).toEqual([
        ['1', null, { n: 1 }],
        ['2', null, { n: 2 }],
        ['3', 'new', { n: 3 }],
        ['4', null, { n: 4 }],
        ['9', 'nine', { n: 9 }],
      ]);
      const untouched = after.filter(({ id, by }) => before.some((row) => row.id === id && row.by === by));
      expect(untouched.map(({ id }) => id)).toEqual(['1', '2', '4']);
      expect(await indexesOf('merged')).toEqual([expect.stringMatching(/^merged_.*_pkey$/)]);
    });

    it('makes the table anew when its columns have changed', async () => {
      await warehouse.write('gold.grown', 'select 1 as id');
      await warehouse.publish('gold.grown', MERGE);
      await warehouse.write('gold.grown', `select 1 as id, 'x' as more`);
      await warehouse.publish('gold.grown', MERGE);
      expect(await warehouse.rows('select * from gold.grown')).toEqual([{ id: 1, more: 'x' }]);
    });
  });

  it('says which view stands in the way of a replacement', async () => {
    await warehouse.write('gold.viewed', 'select 1 as id');
    await warehouse.publish('gold.viewed');
    await warehouse.client.query('create view public.seen as select id from gold.viewed');
    await warehouse.write('gold.viewed', 'select 2 as id');
    await expect(warehouse.publish('gold.viewed')).rejects.toThrow('view seen depends on table gold.viewed');
  });

  describe('to the role bi', () => {
    let bi: pg.Client;

    beforeAll(async () => {
      await warehouse.write('gold.read', 'select 1 as id');
      await warehouse.publish('gold.read');
      const url = new URL(warehouse.rooms.databaseUrl);
      [url.username, url.password] = ['bi', 'read-the-gold'];
      bi = new pg.Client({ connectionString: url.href });
      await bi.connect();
    });
    afterAll(() => bi.end());

    it('gives the published tables, also after they were replaced', async () => {
      expect((await bi.query('select * from read')).rows).toEqual([{ id: 1 }]);
      await warehouse.write('gold.read', 'select 2 as id');
      await warehouse.publish('gold.read');
      expect((await bi.query('select * from gold.read')).rows).toEqual([{ id: 2 }]);
    });

    it.each([
      'select * from lab.users',
      'select * from lab.published_tables',
      'select * from gold.theirs',
      'insert into gold.read values (3)',
      'delete from gold.read',
      'create table gold.mine (id int)',
      'create table public.mine (id int)',
      'create schema mine',
      `copy (select 1) to '/tmp/out'`,
      `select pg_read_file('/etc/passwd')`,
    ])('refuses %s', async (sql) => {
      await expect(bi.query(sql)).rejects.toThrow(/permission denied|read-only transaction/);
      await bi.query('set default_transaction_read_only = off');
      await expect(bi.query(sql)).rejects.toThrow('permission denied');
    });

    it.each([
      'pg_advisory_lock(1818321509)',
      'pg_advisory_xact_lock_shared(1, 2)',
      'pg_try_advisory_lock_shared(1)',
      'pg_try_advisory_xact_lock(1, 2)',
      'lo_create(0)',
    ])('leaves %s to the lab, on the embedded server', async (call) => {
      const config = readConfig({ NODE_ENV: 'test', BI_PASSWORD: 'read-the-gold' });
      const database = { embedded: true, url: warehouse.rooms.databaseUrl } as Database;
      await new BiRole(config, database, warehouse.rooms.module.get(DataSource)).onModuleInit();
      await expect(bi.query(`select ${call}`)).rejects.toThrow('permission denied for function');
      expect(await warehouse.rows(`select ${call}`)).toHaveLength(1);
      await warehouse.client.query('select pg_advisory_unlock_all()');
    });

    it('takes another password from the next start on', async () => {
      const login = async (password: string): Promise<void> => {
        const url = new URL(warehouse.rooms.databaseUrl);
        [url.username, url.password] = ['bi', password];
        const client = new pg.Client({ connectionString: url.href });
        await client.connect();
        await client.end();
      };
      await (await TestWarehouse.open({ biPassword: 'another-password' })).close();
      await login('another-password');
      await expect(login('read-the-gold')).rejects.toThrow('password authentication failed');
    });
  });
});
