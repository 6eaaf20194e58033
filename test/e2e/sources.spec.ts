import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';

const PEOPLE = `name: people
description: People
format: csv
path: people-*.csv
csv: { columns: { age: INTEGER } }
`;

const isOver = (job: Answer['body']): boolean => ['succeeded', 'failed', 'cancelled'].includes(job.status);

/** One lab with one source, filled over HTTP. */
describe('a source', () => {
  let folder: string;
  let workspace: string;
  let lab: Lab;

  beforeAll(async () => {
    folder = await aLabFolder();
    workspace = join(folder, 'workspace');
    await mkdir(join(workspace, 'sources'), { recursive: true });
    await writeFile(join(workspace, 'sources/people.yaml'), PEOPLE);
    lab = await Lab.start(folder, { WORKSPACE_DIR: workspace, UPLOAD_LIMIT_MB: '1' });
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  const send = async (name: string, content: string | Buffer, source = 'people'): Promise<Answer> => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(Buffer.from(content))]), name);
    const headers = { authorization: `Bearer ${await lab.login()}` };
    const response = await fetch(`${lab.url}/api/v1/sources/${source}/load`, { method: 'POST', headers, body: form });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const ask = (body?: unknown, source = 'people') => lab.call('POST', `/api/v1/sources/${source}/load`, body);
  const jobOf = async ({ status, body }: Answer): Promise<Answer['body']> => {
    expect([status, body]).toEqual([202, { id: expect.any(String), status: 'queued', href: `/api/v1/jobs/${body.id}` }]);
    return lab.until(body.href, isOver);
  };
  const bronze = async () => (await lab.call('GET', '/api/v1/datasets/bronze.people/preview')).body.rows;
  const landed = () => readdir(join(folder, 'data/lake/landing/people')).catch(() => []);

  it('takes an uploaded file, and puts its ragged rows into quarantine', async () => {
    const job = await jobOf(await send('people 1.csv.gz', gzipSync('name,age\nAna,31\nBob\nZoé,7,8\nLea,7\n')));
    expect(job.error ?? job.result).toMatchObject({
      ...{ dataset: 'bronze.people', batch: expect.stringMatching(/^[0-9a-f]{64}$/), version: 0 },
      ...{ rows: 2, rejected: 2, skipped: false },
    });
    expect(await bronze()).toMatchObject([
      { name: 'Ana', age: 31, _source: 'people 1.csv.gz', _batch: job.result.batch },
      { name: 'Lea', age: 7 },
    ]);
    const { body } = await lab.call('GET', '/api/v1/quarantine?dataset=bronze.people');
    const rejected = body.items.map(({ line, text, reason }: Answer['body']) => [line, text, reason]);
    expect(rejected).toEqual(
      expect.arrayContaining([
        [3, 'Bob', 'it has 1 field where 2 belong'],
        [4, 'Zoé,7,8', 'it has 3 fields where 2 belong'],
      ]),
    );
  });

  it('skips the same bytes under another name, and says why', async () => {
    const job = await jobOf(await send('again.csv.gz', gzipSync('name,age\nAna,31\nBob\nZoé,7,8\nLea,7\n')));
    expect(job.result).toMatchObject({ rows: 0, skipped: true, reason: 'these bytes were loaded before' });
    expect(await bronze()).toHaveLength(2);
  });

  it('takes rows as JSON, held against the declared types', async () => {
    const job = await jobOf(await ask({ rows: [{ name: 'Kim', age: 40 }, { name: 'Eve', age: 'old' }, { age: null }] }));
    expect(job.result).toMatchObject({ rows: 2, rejected: 1 });
    expect(await bronze()).toHaveLength(4);
  });

  it('loads from where it is declared, each file once', async () => {
    expect((await jobOf(await ask())).error).toMatch(/finds no file at "people-\*\.csv"/);
    await writeFile(join(workspace, 'people-a.csv'), 'name,age\nUma,1\n');
    await writeFile(join(workspace, 'people-b.csv'), 'name,age\nIvo,2\nTom,3\n');
    expect((await jobOf(await ask({}))).result).toMatchObject({ rows: 3, batch: null, batches: [{ rows: 1 }, { rows: 2 }] });
    expect((await jobOf(await ask())).result).toMatchObject({ rows: 0, skipped: true });
    expect(await bronze()).toHaveLength(7);
  });

  it('shows how it is read, and what was loaded last', async () => {
    const { body } = await lab.call('GET', '/api/v1/sources/people');
    expect(body).toMatchObject({ format: 'csv', on_reject: 'quarantine', csv: { delimiter: ',', encoding: 'utf-8' } });
    expect(body.loads.map(({ file, rows }: Answer['body']) => [file, rows])).toEqual([
      ['people-b.csv', 2],
      ['people-a.csv', 1],
      ['rows.jsonl', 2],
      ['people 1.csv.gz', 2],
    ]);
    expect((await lab.call('GET', '/api/v1/sources')).body.items[0].last_load).toEqual(body.loads[0]);
  });

  it.each<[string, () => Promise<Answer>, number, string]>([
    ['a file that is too large', () => send('big.csv', Buffer.alloc(1024 * 1024 + 1, 'x')), 413, 'UPLOAD_TOO_LARGE'],
    ['a file far too large', () => send('big.csv', Buffer.alloc(3 * 1024 * 1024, 'x')), 413, 'UPLOAD_TOO_LARGE'],
    ['a name that leads elsewhere', () => send('../../etc/passwd', 'a\n1\n'), 400, 'FILE_NAME_INVALID'],
    ['a name that hides', () => send('.htaccess', 'a\n1\n'), 400, 'FILE_NAME_INVALID'],
    ['an unknown source', () => send('a.csv', 'a\n1\n', 'castles'), 404, 'SOURCE_NOT_FOUND'],
    ['an unknown source without a body', () => ask(undefined, 'castles'), 404, 'SOURCE_NOT_FOUND'],
    ['no rows', () => ask({ rows: [] }), 400, 'INVALID_INPUT'],
    ['a row that is no object', () => ask({ rows: [{ a: 1 }, 2] }), 400, 'INVALID_INPUT'],
    ['a number that JSON does not keep', () => ask({ rows: [{ age: 2 ** 53 + 2 }] }), 400, 'INVALID_INPUT'],
    ['anything else', () => ask({ row: [] }), 400, 'INVALID_INPUT'],
  ])('refuses %s, and keeps nothing of it', async (_what, call, status, code) => {
    const before = await landed();
    expect(await call()).toMatchObject({ status, body: { code } });
    expect(await landed()).toEqual(before);
  });

  it.each([
    [
      'that is cut off',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\na',
    ],
    [
      'without a file',
      'multipart/form-data; boundary=x',
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    ],
    ['without a boundary', 'multipart/form-data', 'a'],
  ])('refuses a form %s', async (_what, type, body) => {
    const answer = await lab.call('POST', '/api/v1/sources/people/load', body, { 'content-type': type });
    expect(answer).toMatchObject({ status: 400, body: { code: 'UPLOAD_INVALID' } });
  });
});
