import { AuthApp, openAuthApp } from '../../../test/fixtures/auth-app.js';
import { moveClock } from '../../../test/fixtures/clock.js';
import type { ApiKey, CreatedApiKey, NewApiKey } from './api-key.schema.js';

const SECOND = 1_000;
let named = 0;

describe('/api/v1/api-keys', () => {
  let app: AuthApp;
  let replica: AuthApp;
  let token: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const opened = await openAuthApp();
    app = opened.app;
    replica = await AuthApp.open(opened.url);
    token = (await app.login()).access_token;
    close = async () => {
      await replica.close();
      await opened.close();
    };
  });
  afterAll(() => close());

  const create = (overrides: Partial<NewApiKey> = {}) =>
    app.send('POST', '/api/v1/api-keys', { token, body: { name: `key-${++named}`, role: 'analyst', ...overrides } });
  const aKey = async (overrides: Partial<NewApiKey> = {}): Promise<CreatedApiKey> =>
    (await create(overrides)).json<CreatedApiKey>();
  const remove = (id: string) => app.send('DELETE', `/api/v1/api-keys/${id}`, { token });
  const list = async (): Promise<ApiKey[]> =>
    (await app.send('GET', '/api/v1/api-keys?limit=1000', { token })).json<{ items: ApiKey[] }>().items;
  const me = (key: string, asked = app) => asked.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * SECOND).toISOString();

  it('shows a new key once', async () => {
    const answer = await create({ name: 'nightly', expires_at: '2099-12-31T23:59:59Z' });
    const { key, ...rest } = answer.json<CreatedApiKey>();
    expect([answer.statusCode, key]).toEqual([201, expect.stringMatching(/^dflk_[\w-]{43}$/)]);
    expect(rest).toEqual({
      id: expect.any(String),
      name: 'nightly',
      role: 'analyst',
      created_by: 'admin',
      created_at: expect.stringMatching(/Z$/),
      expires_at: '2099-12-31T23:59:59.000Z',
      last_used_at: null,
    });
    expect(await list()).toContainEqual(rest);
    expect(JSON.stringify(await app.query('select * from lab.api_keys'))).not.toContain(key);
  });

  it('is accepted in its own header and as bearer, with its role', async () => {
    const { key, name } = await aKey({ role: 'engineer' });
    const answers = [await me(key), await app.send('GET', '/api/v1/auth/me', { token: key })];
    expect(answers.map((answer) => answer.json())).toEqual(Array(2).fill({ username: `api-key:${name}`, role: 'engineer' }));
  });

  it('may do what its role may and no more', async () => {
    const [{ key: engineer }, { key: admin }] = [await aKey({ role: 'engineer' }), await aKey({ role: 'admin' })];
    const answers = [
      await app.send('GET', '/api/v1/users', { token: engineer }),
      await app.send('GET', '/api/v1/users', { token: admin }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 200]);
  });

  it.each(['nonsense', `dflk_${'a'.repeat(43)}`, ''])('is refused when it is %j', async (key) => {
    expect((await me(key)).json().code).toBe('INVALID_TOKEN');
  });

  it('is refused from the moment on when it expires, also when it was used before', async () => {
    const { key } = await aKey({ expires_at: inSeconds(2) });
    expect((await me(key)).statusCode).toBe(200);
    moveClock(2 * SECOND);
    const answer = await me(key);
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('is refused when it is deleted: here at once, and within five seconds on every other process', async () => {
    const { id, key } = await aKey();
    expect((await me(key, replica)).statusCode).toBe(200);
    expect((await me(key)).statusCode).toBe(200);
    expect((await remove(id)).statusCode).toBe(204);
    expect((await me(key)).statusCode).toBe(401);
    moveClock(5 * SECOND);
    expect((await me(key, replica)).statusCode).toBe(401);
  });

  it('tells when it was last used, to the minute', async () => {
    const { id, key } = await aKey();
    const lastUse = async (): Promise<number> =>
      Date.parse((await list()).find((listed) => listed.id === id)?.last_used_at ?? '');
    await me(key);
    const first = await lastUse();
    moveClock(30 * SECOND);
    await me(key);
    expect(await lastUse()).toBe(first);
    moveClock(31 * SECOND);
    await me(key);
    expect(await lastUse()).toBeGreaterThan(first + 60 * SECOND);
  });

  it('cannot share its name', async () => {
    const { name } = await aKey();
    const answer = await create({ name });
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'API_KEY_NAME_TAKEN']);
  });

  it('cannot have expired before it is made', async () => {
    const answer = await create({ expires_at: inSeconds(-1) });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'EXPIRY_IN_THE_PAST']);
  });

  it.each([
    ['name', { name: 'has blank' }],
    ['role', { role: 'root' as 'admin' }],
    ['expires_at', { expires_at: 'tomorrow' }],
    ['expires_at', { expires_at: '9999-12-31T23:59:59-01:00' }],
  ])('names a wrong %s', async (path, wrong) => {
    const answer = await create(wrong);
    expect([answer.statusCode, answer.json().errors[0].path]).toEqual([400, path]);
  });

  it('is not found by an id that is not there, nor by one that is none', async () => {
    const answers = [await remove('00000000-0000-4000-8000-000000000000'), await remove('1')];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 400]);
  });

  it('does not open the refresh of tokens', async () => {
    const { key } = await aKey();
    expect((await app.send('POST', '/api/v1/auth/refresh', { token: key })).statusCode).toBe(401);
  });
});
