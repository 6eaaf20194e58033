import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { QueryApp } from '../../../test/fixtures/query-app.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';

const HARD = `SELECT * FROM (VALUES
  (1, 'plain', DATE '1969-07-20', TIMESTAMP '2020-01-02 03:04:05.000006', 1.50::DECIMAL(5,2), 'NaN'::DOUBLE, [1, NULL]),
  (2, 'a "b", c' || chr(10) || 'd', NULL, NULL, NULL, NULL, NULL),
  (9007199254740993, '', NULL, NULL, NULL, 1e300, [])
) AS v(id, text, day, seen, price, ratio, list)`;

describe('GET /api/v1/datasets/{name}/download', () => {
  let app: QueryApp;
  beforeAll(async () => {
    app = await QueryApp.open();
    await app.write('gold.hard', HARD);
    await app.write(
      'gold.routes',
      "SELECT * FROM (VALUES ('SFO', 18, 3), ('São Paulo/x', 7, 2), (NULL, 7, 1)) AS v(origin, hour, n)",
    );
    await app.write('gold.routes', "SELECT 'JFK' AS origin, 1 AS hour, 1 AS n");
    await app.write('gold.empty', 'SELECT 1 AS id WHERE false');
  });
  afterAll(() => app.close());

  const get = (path: string, headers: Record<string, string> = {}) =>
    app.fetch(`/api/v1/datasets/${path}`, undefined, { headers });
  const rowsOf = async (response: Response, sql = 'SELECT * FROM t') => {
    const file = join(await mkdtemp(join(app.folder, 'read-')), 'x.parquet');
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    return app.provider(SqlEngine).rows({ sql, tables: { t: { format: 'parquet', files: [file] } } });
  };
  const problemOf = async (response: Response) => ((await response.json()) as { code: string }).code;

  it('is a Parquet file when nothing else is asked for', async () => {
    const response = await get('gold.hard/download');
    expect([response.headers.get('content-type'), response.headers.get('content-disposition')]).toEqual([
      'application/vnd.apache.parquet',
      'attachment; filename="gold.hard.v0.parquet"',
    ]);
    expect((await rowsOf(response, 'SELECT id, price FROM t')).map(({ id, price }) => [id, price])).toEqual([
      [1n, '1.50'],
      [2n, null],
      [9007199254740993n, null],
    ]);
  });

  it('is CSV in which every value can be told from every other', async () => {
    const response = await get('gold.hard/download?format=csv');
    expect(await response.text()).toBe(
      [
        'id,text,day,seen,price,ratio,list',
        '1,plain,1969-07-20,2020-01-02T03:04:05.000006Z,1.50,NaN,"[1,null]"',
        '2,"a ""b"", c\nd",,,,,',
        '9007199254740993,"",,,,1e+300,[]',
        '',
      ].join('\n'),
    );
  });

  it('is CSV also of lists of times', async () => {
    const time = "TIMESTAMPTZ '2020-01-02 03:04:05.000006+00'";
    await app.write('gold.times', `SELECT [${time}, NULL] AS zoned, [${time}::TIMESTAMP] AS plain`);
    const text = '2020-01-02 03:04:05.000006+00';
    expect(await (await get('gold.times/download?format=csv')).text()).toBe(
      `zoned,plain\n"[""${text}"",null]","[""${text}""]"\n`,
    );
  });

  it('is JSON as all of the API says values', async () => {
    const response = await get('gold.hard/download?format=json');
    expect(((await response.json()) as unknown[])[2]).toEqual({
      ...{ id: '9007199254740993', text: '', day: null, seen: null, price: null, ratio: 1e300, list: [] },
    });
  });

  it('has its columns when it has no rows', async () => {
    expect(await (await get('gold.empty/download?format=csv')).text()).toBe('id\n');
    expect(await (await get('gold.empty/download?format=json')).json()).toEqual([]);
    expect(await rowsOf(await get('gold.empty/download'), 'SELECT count(id) AS n FROM t')).toEqual([{ n: 0n }]);
  });

  it('is as of any version', async () => {
    const response = await get('gold.routes/download?format=csv&version=0');
    expect(await response.text()).toContain('SFO,18,3\n');
  });

  it('is not sent again to who has it', async () => {
    const etag = (await get('gold.hard/download?format=csv')).headers.get('etag') as string;
    const again = await get('gold.hard/download?format=csv', { 'if-none-match': `"other", ${etag}` });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    const other = await get('gold.hard/download?format=json', { 'if-none-match': etag });
    expect([other.status, await other.json()]).toEqual([200, expect.any(Array)]);
  });

  describe('divided', () => {
    const unpack = async (response: Response): Promise<Record<string, string>> => {
      const folder = await mkdtemp(join(app.folder, 'tar-'));
      await writeFile(join(folder, 'x.tar'), Buffer.from(await response.arrayBuffer()));
      await mkdir(join(folder, 'x'));
      await promisify(execFile)('tar', ['-xf', 'x.tar', '-C', 'x'], { cwd: folder });
      const files = (await readdir(join(folder, 'x'), { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
      const texts = files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(join(folder, 'x/').length).replace(/part-\d+/, 'part'), await readFile(path, 'latin1')];
      });
      return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
    };

    it('is a tar of folders that are named by their values', async () => {
      const response = await get('gold.routes/download?format=csv&version=0&partition_by=origin,HOUR');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="gold.routes.v0.tar"');
      expect(await unpack(response)).toEqual({
        'gold.routes/origin=SFO/hour=18/part.csv': 'n\n3\n',
        'gold.routes/origin=S%C3%A3o%20Paulo%2Fx/hour=7/part.csv': 'n\n2\n',
        'gold.routes/origin=__HIVE_DEFAULT_PARTITION__/hour=7/part.csv': 'n\n1\n',
      });
    });

    it('holds the newest version when none is asked for', async () => {
      expect(await unpack(await get('gold.routes/download?format=json&partition_by=origin'))).toEqual({
        'gold.routes/origin=JFK/part.json': '[\n{"hour":1,"n":1}\n]\n',
      });
    });

    it('holds Parquet files that are read back', async () => {
      const files = await unpack(await get('gold.routes/download?partition_by=origin'));
      expect(Object.entries(files).map(([name, text]) => [name, text.slice(0, 4)])).toEqual([
        ['gold.routes/origin=JFK/part.parquet', 'PAR1'],
      ]);
    });

    it('is not sent again to who has it', async () => {
      const path = 'gold.routes/download?partition_by=origin,hour';
      const etag = (await get(path)).headers.get('etag') as string;
      expect((await get(path, { 'if-none-match': `"other", ${etag}` })).status).toBe(304);
      const other = await get('gold.routes/download?partition_by=hour,origin', { 'if-none-match': etag });
      expect([other.status, other.headers.get('etag') === etag]).toEqual([200, false]);
      await other.arrayBuffer();
    });

    it('is refused when a value is too long for the name of a folder', async () => {
      await app.write('gold.longest', `SELECT unnest([repeat('x', 250), NULL]) AS name, 1 AS n, repeat('é', 42) AS accents`);
      expect(Object.keys(await unpack(await get('gold.longest/download?partition_by=name')))).toContain(
        `gold.longest/name=${'x'.repeat(250)}/part.parquet`,
      );
      await app.write('gold.longest', `SELECT repeat('x', 251) AS name, 1 AS n, repeat('é', 42) AS accents`);
      for (const column of ['name', 'accents']) {
        const refused = await get(`gold.longest/download?partition_by=${column}`);
        expect([refused.status, await problemOf(refused)]).toEqual([422, 'INVALID_PARTITION_BY']);
      }
    });

    it('keeps names that are longer than the tar of old can hold', async () => {
      await app.write('gold.long', `SELECT repeat('x', 120) AS name, 1 AS n`);
      const files = await unpack(await get('gold.long/download?format=json&partition_by=name'));
      expect(Object.keys(files)).toEqual([`gold.long/name=${'x'.repeat(120)}/part.json`]);
    });

    it.each(['nothing', 'origin,origin', 'origin,hour,n', "origin' OR 1=1 --"])('is refused by %s', async (columns) => {
      const response = await get(`gold.routes/download?partition_by=${encodeURIComponent(columns)}`);
      expect([response.status, await problemOf(response)]).toEqual([422, 'INVALID_PARTITION_BY']);
    });
  });

  it.each([
    ['gold.nothing/download', 404, 'DATASET_NOT_FOUND'],
    ['..%2F..%2Fetc/download', 404, 'DATASET_NOT_FOUND'],
    ['gold.hard/download?version=7', 404, 'VERSION_NOT_FOUND'],
    ['gold.hard/download?version=', 400, 'INVALID_INPUT'],
    ['gold.hard/preview?version=', 400, 'INVALID_INPUT'],
    ['gold.hard/download?format=xlsx', 400, 'INVALID_INPUT'],
    ['gold.hard/download?partition_by=', 400, 'INVALID_INPUT'],
  ])('answers %s with %d', async (path, status, code) => {
    const response = await get(path);
    expect([response.status, await problemOf(response)]).toEqual([status, code]);
  });

  it('leaves no file behind, also when nobody waits for it any more', async () => {
    await app.write('gold.large', 'SELECT range AS n, md5(range::varchar) AS text FROM range(400_000)');
    const leaving = new AbortController();
    const response = await app.fetch('/api/v1/datasets/gold.large/download', undefined, { signal: leaving.signal });
    leaving.abort();
    await expect(response.arrayBuffer()).rejects.toThrow();
    const staged = async () =>
      (await readdir(join(app.folder, 'data'), { recursive: true })).filter((name) => /stag.*part-/.test(name));
    while ((await staged()).length > 0) await new Promise((wait) => setTimeout(wait, 20));
  });
});
