import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { QueryApp } from '../../../test/fixtures/query-app.js';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { SqlSandboxService } from '../../engines/sql/sql-sandbox.service.js';
import type { SqlAnswer } from './sql.schema.js';

type Body = SqlAnswer & { code: string; detail: string };

describe('POST /api/v1/sql', () => {
  let app: QueryApp;
  beforeAll(async () => {
    app = await QueryApp.open({ concurrency: 2, memoryBytes: 100_000_000, diskBytes: 10_000_000, maxRows: 20_000 });
    await app.write('gold.routes', "SELECT * FROM (VALUES ('SFO', 3), ('LAX', 2)) AS v(origin, flights)");
    await app.write('gold.routes', "SELECT * FROM (VALUES ('SFO', 30), ('LAX', 20), ('JFK', 10)) AS v(origin, flights)");
  });
  afterAll(() => app.close());

  const ask = async (body: object, headers: Record<string, string> = {}) => {
    const response = await app.fetch('/api/v1/sql', body, { headers });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  };
  const answer = async (sql: string, more: object = {}): Promise<Body> => {
    const { status, body } = await ask({ sql, ...more });
    expect([status, body.detail]).toEqual([200, undefined]);
    return body;
  };

  it('answers columns and rows', async () => {
    const body = await answer('SELECT origin, flights FROM gold.routes ORDER BY flights');
    expect(body).toEqual({
      columns: [
        { name: 'origin', type: 'VARCHAR' },
        { name: 'flights', type: 'INTEGER' },
      ],
      rows: [
        { origin: 'JFK', flights: 10 },
        { origin: 'LAX', flights: 20 },
        { origin: 'SFO', flights: 30 },
      ],
      row_count: 3,
      truncated: false,
      elapsed_ms: expect.any(Number),
    });
  });

  it('says that there are more rows than the limit', async () => {
    const sql = 'SELECT * FROM gold.routes';
    expect(await answer(sql, { limit: 2 })).toMatchObject({ row_count: 2, truncated: true });
    expect(await answer(sql, { limit: 3 })).toMatchObject({ row_count: 3, truncated: false });
  });

  it('names the file of a table that is damaged', async () => {
    await app.write('gold.damaged', 'SELECT 1 AS a');
    const folder = join(app.folder, 'data/lake/gold/damaged');
    const [file] = (await readdir(folder)).filter((name) => name.endsWith('.parquet'));
    await writeFile(join(folder, file), 'no Parquet');
    const { status, body } = await ask({ sql: 'SELECT * FROM gold.damaged' });
    expect([status, body.code]).toEqual([500, 'CORRUPT_TABLE_FILE']);
    expect(body.detail).toContain(`gold.damaged (${file}) cannot be read`);
    expect(body.detail).not.toContain(app.folder);
  });

  it('limits what was not limited to a thousand rows', async () => {
    expect(await answer('SELECT * FROM range(5000)')).toMatchObject({ row_count: 1000, truncated: true });
  });

  it('ends at 32 million characters, however many rows that is', async () => {
    const body = await answer("SELECT repeat('x', 500_000) AS x FROM range(80)");
    expect([body.row_count, body.truncated]).toEqual([67, true]);
  });

  it('keeps the order of the rows', async () => {
    const { rows } = await answer('SELECT n FROM range(100_000) AS t(n) ORDER BY n DESC', { limit: 3 });
    expect(rows.map(({ n }) => n)).toEqual([99_999, 99_998, 99_997]);
  });

  it('gives columns of one name different keys', async () => {
    const { columns, rows } = await answer('SELECT 1 AS a, 2 AS a, 3 AS A');
    expect([columns.map(({ name }) => name), rows]).toEqual([['a', 'a_1', 'A'], [{ a: 1, a_1: 2, A: 3 }]]);
  });

  it('says values as all of the API does', async () => {
    const { rows } = await answer(
      "SELECT 9007199254740993 AS big, 'NaN'::DOUBLE AS nan, DATE '1969-07-20' AS day, TIMESTAMP '2020-01-01 00:00:00' AS at, [1, NULL] AS list",
    );
    expect(rows).toEqual([
      {
        big: '9007199254740993',
        nan: 'NaN',
        day: '1969-07-20T00:00:00.000Z',
        at: '2020-01-01T00:00:00.000Z',
        list: [1, null],
      },
    ]);
  });

  it('knows the functions of the lab', async () => {
    expect((await answer("SELECT clean_text('  a   b ') AS a")).rows).toEqual([{ a: 'a b' }]);
    expect((await answer('SELECT sigma_distance(flights) AS d FROM gold.routes LIMIT 1')).row_count).toBe(1);
  });

  describe('asks documents', () => {
    const DOCUMENTS = `SELECT unnest([
      '{"user": {"name": "Ana", "tags": ["a", "b"]}, "n": 7, "items": [{"sku": "x", "price": 1.5}, {"sku": "y", "price": 2}]}',
      '{"user": {"name": "Rui"}, "n": "12", "paid": true}', '{"user": null, "n": null}', NULL, '[1, 2]']) AS body`;
    beforeAll(() => app.write('bronze.documents', DOCUMENTS));
    const first = async (select: string) =>
      (await answer(`SELECT ${select} FROM bronze.documents`)).rows.map((row) => Object.values(row)[0]);

    it.each<[string, string, unknown[]]>([
      ['a path, NULL where it leads nowhere', `body->'user'->>'name'`, ['Ana', 'Rui', null, null, null]],
      ['a place in a list', `body->>'$.user.tags[1]'`, ['b', null, null, null, null]],
      ['the last of a list', `body->>'$.items[#-1].sku'`, ['y', null, null, null, null]],
      ['every element', `body->>'$.items[*].sku'`, [['x', 'y'], [], [], null, []]],
      ['a number, also one in quotes', `TRY_CAST(body->>'n' AS INTEGER)`, [7, 12, null, null, null]],
      ['what there is', `json_exists(body, '$.paid')`, [false, true, false, null, false]],
      ['the type', `json_type(body)`, ['OBJECT', 'OBJECT', 'OBJECT', null, 'ARRAY']],
      ['the keys', `json_keys(body)`, [['user', 'n', 'items'], ['user', 'n', 'paid'], ['user', 'n'], null, []]],
    ])('for %s', async (_what, select, expected) => {
      expect(await first(select)).toEqual(expected);
    });

    it('for rows of a list, its conditions and its sums', async () => {
      const sql = `SELECT body->'user'->>'name' AS name, item->>'sku' AS sku, (item->>'price')::DOUBLE AS price
        FROM (SELECT body, unnest((body->'items')::JSON[]) AS item FROM bronze.documents) WHERE (item->>'price')::DOUBLE > 1.8`;
      expect((await answer(sql)).rows).toEqual([{ name: 'Ana', sku: 'y', price: 2 }]);
      const sums = `SELECT sum((e.value->>'price')::DOUBLE) AS total FROM bronze.documents, json_each(body, '$.items') AS e`;
      expect((await answer(sums)).rows).toEqual([{ total: 3.5 }]);
    });

    it('and says which text is no JSON', async () => {
      const { status, body } = await ask({ sql: `SELECT 'no json'->'a'` });
      expect([status, body.detail]).toEqual([422, expect.stringContaining('Malformed JSON')]);
    });
  });

  describe('as a file', () => {
    const SQL = 'SELECT origin, flights FROM gold.routes ORDER BY flights';
    const parquetRows = async (response: Response) => {
      const file = join(app.folder, 'result.parquet');
      await writeFile(file, Buffer.from(await response.arrayBuffer()));
      const tables = { t: { format: 'parquet', files: [file] } } as const;
      return app.provider(SqlEngine).rows({ sql: 'SELECT * FROM t', tables });
    };
    const CSV = 'origin,flights\nJFK,10\nLAX,20\nSFO,30\n';

    it.each<[string, object, Record<string, string>]>([
      ['format', { format: 'csv' }, {}],
      ['Accept', {}, { accept: 'application/json;q=0.5, text/csv' }],
    ])('in CSV by %s', async (_by, more, headers) => {
      const response = await app.fetch('/api/v1/sql', { sql: SQL, ...more }, { headers });
      expect([response.headers.get('content-type'), await response.text()]).toEqual([
        'text/csv; charset=utf-8; header=present',
        CSV,
      ]);
    });

    it('in Parquet', async () => {
      const response = await app.fetch(
        '/api/v1/sql',
        { sql: SQL, limit: 2 },
        { headers: { accept: 'application/vnd.apache.parquet' } },
      );
      expect(await parquetRows(response)).toEqual([
        { origin: 'JFK', flights: 10 },
        { origin: 'LAX', flights: 20 },
      ]);
    });

    it.each<[string, object, Record<string, string>]>([
      ['format', { format: 'arrow' }, {}],
      ['Accept', {}, { accept: 'application/vnd.apache.arrow.stream' }],
    ])('in Arrow by %s', async (_by, more, headers) => {
      const response = await app.fetch('/api/v1/sql', { sql: SQL, limit: 2, ...more }, { headers });
      expect(response.headers.get('content-type')).toBe('application/vnd.apache.arrow.stream');
      const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()));
      expect(table.schema.fields.map(({ name, type }) => `${name} ${String(type)}`)).toEqual(['origin Utf8', 'flights Int32']);
      expect(table.toArray().map((row) => row.toJSON())).toEqual([
        { origin: 'JFK', flights: 10 },
        { origin: 'LAX', flights: 20 },
      ]);
    });

    it('in Arrow has its columns when it has no rows, and comes batch by batch when it has many', async () => {
      const arrow = async (sql: string) => {
        const response = await app.fetch('/api/v1/sql', { sql, format: 'arrow' });
        return tableFromIPC(new Uint8Array(await response.arrayBuffer()));
      };
      const empty = await arrow('SELECT origin, [flights] AS list FROM gold.routes WHERE false');
      expect([empty.numRows, empty.schema.fields.map(({ name }) => name)]).toEqual([0, ['origin', 'list']]);
      const many = await arrow('SELECT range AS n FROM range(20_000)');
      expect([many.numRows, many.batches.length]).toEqual([20_000, 2]);
      expect(many.getChild('n')?.get(19_999)).toBe(19_999n);
    });

    it('in Parquet keeps the last digits of a sum', async () => {
      const response = await app.fetch('/api/v1/sql', { sql: 'SELECT sum(9007199254740993) AS n', format: 'parquet' });
      expect(await parquetRows(response)).toEqual([{ n: '9007199254740993' }]);
    });

    it.each(['csv', 'parquet', 'arrow'])('in %s is told what is wrong with a status', async (format) => {
      const response = await app.fetch('/api/v1/sql', { sql: 'SELECT origin::INTEGER FROM gold.routes', format });
      expect([response.status, ((await response.json()) as Body).code]).toEqual([422, 'SQL_INVALID']);
    });

    it.each(['csv', 'arrow'])('in %s breaks off rather than lack rows without a word', async (format) => {
      const response = await app.fetch('/api/v1/sql', { sql: 'FROM range(40_000)', format });
      await expect(response.arrayBuffer()).rejects.toThrow();
    });

    it('in Parquet is not begun when it would lack rows', async () => {
      expect((await ask({ sql: 'FROM range(30_000)', format: 'parquet' })).body.code).toBe('SQL_TOO_LARGE');
    });
  });

  describe('as_of', () => {
    const total = async (asOf?: unknown) =>
      (await answer('SELECT sum(flights) AS n FROM Gold.Routes', { as_of: asOf })).rows[0].n;

    it('reads the newest version without it', async () => {
      expect(await total()).toBe(60);
    });

    it('reads the version that was asked for', async () => {
      expect(await total({ 'gold.routes': 0 })).toBe(5);
    });

    it('reads all tables as they were at a time', async () => {
      const { timestamp } = await app.provider(DeltaService).snapshot('gold.routes', { version: 0 });
      expect([await total(timestamp.toISOString()), await total({ 'gold.routes': timestamp.toISOString() })]).toEqual([5, 5]);
    });

    it.each([
      ['a version that was never written', { 'gold.routes': 99 }, 404, 'VERSION_NOT_FOUND'],
      ['a time before the table', '2001-01-01T00:00:00Z', 404, 'VERSION_NOT_FOUND'],
      ['a table that the query does not read', { 'gold.other': 0 }, 422, 'AS_OF_NOT_READ'],
      ['a word', 'yesterday', 400, 'INVALID_INPUT'],
    ])('refuses %s', async (_what, asOf, status, code) => {
      const refused = await ask({ sql: 'SELECT * FROM gold.routes', as_of: asOf });
      expect([refused.status, refused.body.code]).toEqual([status, code]);
    });
  });

  describe('says where it is wrong', () => {
    it.each([
      ['SELECT origin\nFRM gold.routes', 2],
      ['SELECT origin,\n  nothing\nFROM gold.routes', 2],
      ["SELECT 'x'::INTEGER FROM gold.routes", 1],
      ['SELECT *\nFROM gold.nothing', 2],
      ['SELECT nofunction(1)', 1],
    ])('%s', async (sql, line) => {
      const { status, body } = await ask({ sql });
      expect([status, body.code, body.detail]).toEqual([422, 'SQL_INVALID', expect.stringContaining(`line ${line}`)]);
    });

    it('asks for the values of parameters', async () => {
      expect((await ask({ sql: 'SELECT $1' })).body.detail).toContain('write the values');
    });
  });

  describe('stops', () => {
    const ENDLESS = 'SELECT count(*) FROM range(1_000_000_000) a, range(1_000_000_000) b WHERE hash(a.range, b.range) = 1';

    it('after the time that it was given', async () => {
      const { status, body } = await ask({ sql: ENDLESS, timeout_ms: 150 });
      expect([status, body.code]).toEqual([408, 'SQL_TIMEOUT']);
    });

    it('when its client goes away', async () => {
      const sandbox = app.provider(SqlSandboxService);
      const leaving = new AbortController();
      const asked = app.fetch('/api/v1/sql', { sql: ENDLESS }, { signal: leaving.signal }).catch(() => 'left');
      await until(() => sandbox.present === 1);
      leaving.abort();
      expect(await asked).toBe('left');
      await until(() => sandbox.present === 0);
    });

    it('when it takes all memory, and others go on', async () => {
      const hungry = ask({ sql: 'SELECT len(list(n)) FROM range(100_000_000) AS t(n)' });
      expect(await answer('SELECT sum(flights) AS n FROM gold.routes')).toMatchObject({ rows: [{ n: 60 }] });
      const { status, body } = await hungry;
      expect([status, body.code, body.detail]).toEqual([422, 'SQL_TOO_LARGE', expect.stringContaining('QUERY_MEMORY_LIMIT')]);
    });

    it('when it takes all disk, of which it leaves nothing', async () => {
      const { status, body } = await ask({ sql: 'SELECT count(DISTINCT md5(range::VARCHAR)) FROM range(3_000_000)' });
      expect([status, body.code, body.detail]).toEqual([422, 'SQL_TOO_LARGE', expect.stringContaining('QUERY_DISK_LIMIT')]);
      await until(() => app.provider(SqlSandboxService).present === 0);
      const spilled = (await readdir(join(app.folder, 'data/tmp'), { recursive: true })).filter((name) => name.includes('/'));
      expect(spilled).toEqual([]);
      expect(await answer('SELECT sum(flights) AS n FROM gold.routes')).toMatchObject({ rows: [{ n: 60 }] });
    });

    it('before it begins, when too many run and wait', async () => {
      const sandbox = app.provider(SqlSandboxService);
      const leaving = new AbortController();
      const endless = Array.from({ length: 22 }, () =>
        app.fetch('/api/v1/sql', { sql: ENDLESS }, { signal: leaving.signal }).catch(() => 'left'),
      );
      await until(() => sandbox.present === 22);
      const { status, headers, body } = await ask({ sql: 'SELECT 1' });
      expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'TOO_MANY_QUERIES', '5']);
      leaving.abort();
      expect(new Set(await Promise.all(endless))).toEqual(new Set(['left']));
      await until(() => sandbox.present === 0);
      expect(await answer('SELECT 1 AS n')).toMatchObject({ rows: [{ n: 1 }] });
    });

    it('when a function takes memory that its engine does not count', async () => {
      const { status, body } = await ask({ sql: 'SELECT max(length(list_resize([1], 10_000_000 + range, 7))) FROM range(2000)' });
      expect([status, body.code]).toEqual([422, 'SQL_TOO_LARGE']);
    });

    it('also within a function that does not look up', async () => {
      const { status } = await ask({
        sql: "SELECT levenshtein(repeat('ab', 1_000_000), repeat('ba', 1_000_000))",
        timeout_ms: 150,
      });
      expect(status).toBe(408);
    });
  });
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((wait) => setTimeout(wait, 20));
}
