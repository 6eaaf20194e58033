import { AuthApp, openAuthApp, PASSWORD } from '../../../test/fixtures/auth-app.js';
import { moveClock } from '../../../test/fixtures/clock.js';
import type { User, UserChange } from './user.schema.js';

const FIVE_SECONDS = 5_000;
let named = 0;

describe('/api/v1/users', () => {
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
  beforeEach(async () => {
    token = (await app.login()).access_token;
  });

  const create = (body: object) => app.send('POST', '/api/v1/users', { token, body });
  const change = (username: string, body: UserChange) => app.send('PATCH', `/api/v1/users/${username}`, { token, body });
  const remove = (username: string) => app.send('DELETE', `/api/v1/users/${username}`, { token });
  const me = (asked: AuthApp, accessToken: string) => asked.send('GET', '/api/v1/auth/me', { token: accessToken });

  const aUser = async (overrides: Partial<{ username: string; password: string; role: string }> = {}): Promise<string> => {
    const user = { username: `user-${++named}`, password: PASSWORD, role: 'analyst', ...overrides };
    const answer = await create(user);
    if (answer.statusCode !== 201) throw new Error(answer.body);
    return user.username;
  };

  describe('POST', () => {
    it('creates a user who can log in, and never tells the password', async () => {
      const answer = await create({ username: 'Ana', password: PASSWORD, role: 'analyst' });
      const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
      expect([answer.statusCode, answer.json()]).toEqual([
        201,
        { username: 'Ana', role: 'analyst', blocked: false, created_at: time, updated_at: time },
      ]);
      expect((await app.tryLogin('ana', PASSWORD)).statusCode).toBe(200);
    });

    it('refuses a name that differs only in the case of letters', async () => {
      const username = await aUser();
      const answer = await create({ username: username.toUpperCase(), password: PASSWORD, role: 'viewer' });
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'USERNAME_TAKEN']);
    });

    it('lets one of two win who ask for one name at the same time', async () => {
      const answers = await Promise.all(
        ['twin', 'Twin'].map((username) => create({ username, password: PASSWORD, role: 'viewer' })),
      );
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
    });

    it.each([
      ['password', { password: 'too-short' }],
      ['password', { password: 'p'.repeat(1025) }],
      ['username', { username: 'has blank' }],
      ['username', { username: 'api-key:ci' }],
      ['username', { username: 'a'.repeat(65) }],
      ['role', { role: 'root' }],
    ])('names a wrong %s', async (path, wrong) => {
      const answer = await create({ username: 'somebody', password: PASSWORD, role: 'viewer', ...wrong });
      expect([answer.statusCode, answer.json().errors[0].path]).toEqual([400, path]);
    });

    it('is for admins only', async () => {
      const engineer = await app.login(await aUser({ role: 'engineer' }));
      const answer = await app.send('POST', '/api/v1/users', { token: engineer.access_token, body: {} });
      expect(answer.statusCode).toBe(403);
    });
  });

  describe('GET', () => {
    it('pages through the users in the order that was asked for', async () => {
      await aUser({ username: 'zoe' });
      const list = async (query: string) =>
        (await app.send('GET', `/api/v1/users?${query}`, { token })).json<{ items: User[]; total: number }>();
      const [first, last] = [await list('limit=1'), await list('limit=1&sort=-username')];
      expect([first.items[0].username, last.items[0].username, last.items.length]).toEqual(['admin', 'zoe', 1]);
      expect((await list('limit=1000')).items.length).toBe(first.total);
      expect((await list(`limit=2&offset=${first.total - 1}&sort=created_at`)).items.map(({ username }) => username)).toEqual([
        'zoe',
      ]);
    });

    it('names a wrong parameter', async () => {
      const answer = await app.send('GET', '/api/v1/users?sort=password_hash', { token });
      expect([answer.statusCode, answer.json().errors[0].path]).toEqual([400, 'sort']);
    });
  });

  describe('PATCH', () => {
    it('changes only what is given', async () => {
      const username = await aUser();
      const { created_at, ...before } = (await change(username, {})).json<User>();
      const after = (await change(username.toUpperCase(), { role: 'engineer' })).json<User>();
      expect(after).toEqual({ ...before, created_at, role: 'engineer', updated_at: expect.any(String) });
      expect(after.updated_at > before.updated_at).toBe(true);
    });

    it('blocks at once here, and within five seconds on every other process', async () => {
      const username = await aUser();
      const { access_token, refresh_token } = await app.login(username);
      expect((await me(replica, access_token)).statusCode).toBe(200);
      await change(username, { blocked: true });
      expect((await me(app, access_token)).statusCode).toBe(401);
      moveClock(FIVE_SECONDS);
      expect((await me(replica, access_token)).json().code).toBe('INVALID_TOKEN');
      expect((await app.send('POST', '/api/v1/auth/refresh', { token: refresh_token })).statusCode).toBe(401);
      expect((await app.tryLogin(username, PASSWORD)).json().code).toBe('WRONG_CREDENTIALS');
    });

    it('lets an unblocked user go on', async () => {
      const username = await aUser();
      const { access_token } = await app.login(username);
      await change(username, { blocked: true });
      await change(username, { blocked: false });
      expect((await me(app, access_token)).statusCode).toBe(200);
    });

    it('gives another role to tokens that are about already, within five seconds', async () => {
      const username = await aUser({ role: 'admin' });
      const { access_token } = await app.login(username);
      expect((await me(replica, access_token)).json().role).toBe('admin');
      await change(username, { role: 'viewer' });
      expect((await app.send('GET', '/api/v1/users', { token: access_token })).statusCode).toBe(403);
      moveClock(FIVE_SECONDS);
      expect((await me(replica, access_token)).json().role).toBe('viewer');
    });

    it('ends every session when the password changes', async () => {
      const username = await aUser();
      const { access_token, refresh_token } = await app.login(username);
      await change(username, { password: 'another-passphrase' });
      const refreshed = await app.send('POST', '/api/v1/auth/refresh', { token: refresh_token });
      expect([(await me(app, access_token)).statusCode, refreshed.statusCode]).toEqual([401, 401]);
      const logins = [await app.tryLogin(username, PASSWORD), await app.tryLogin(username, 'another-passphrase')];
      expect(logins.map(({ statusCode }) => statusCode)).toEqual([401, 200]);
    });

    it('refuses a short password and an unknown user', async () => {
      const answers = [
        await change('admin', { password: 'short' }),
        await change('nobody', { blocked: true }),
        await change('no%00body', {}),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 404, 404]);
    });
  });

  describe('DELETE', () => {
    it('ends what the user could do, and a new user of that name inherits nothing', async () => {
      const username = await aUser();
      const { access_token, refresh_token } = await app.login(username);
      expect((await remove(username)).statusCode).toBe(204);
      await aUser({ username });
      const refreshed = await app.send('POST', '/api/v1/auth/refresh', { token: refresh_token });
      expect([(await me(app, access_token)).statusCode, refreshed.statusCode]).toEqual([401, 401]);
    });

    it('does not find who is not there', async () => {
      const answer = await remove('nobody');
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'USER_NOT_FOUND']);
    });
  });

  describe('the last admin', () => {
    const onlyAdmin = async (): Promise<void> => {
      const { items } = (await app.send('GET', '/api/v1/users?limit=1000', { token })).json<{ items: User[] }>();
      for (const { username, role } of items) if (role === 'admin' && username !== 'admin') await remove(username);
    };
    beforeEach(onlyAdmin);

    it('can be neither blocked nor demoted nor deleted', async () => {
      const answers = [
        await change('admin', { blocked: true }),
        await change('admin', { role: 'engineer' }),
        await remove('admin'),
      ];
      expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual(Array(3).fill([409, 'LAST_ADMIN']));
    });

    it('is the last although another admin is blocked', async () => {
      await change(await aUser({ role: 'admin' }), { blocked: true });
      expect((await remove('admin')).statusCode).toBe(409);
    });

    it('remains when two admins remove each other at the same time', async () => {
      for (let round = 0; round < 5; round++) {
        const [one, other] = [await aUser({ role: 'admin' }), await aUser({ role: 'admin' })];
        const [ones, others] = [(await app.login(one)).access_token, (await app.login(other)).access_token];
        const demote = (username: string, by: string) =>
          app.send('PATCH', `/api/v1/users/${username}`, { token: by, body: { role: 'viewer' } });
        await Promise.all([demote(one, others), demote(other, ones), demote('admin', ones)]);
        const [{ admins }] = await app.query<{ admins: number }>(
          `select count(*)::int as admins from lab.users where role = 'admin' and not blocked`,
        );
        expect(admins).toBeGreaterThanOrEqual(1);
        await app.query(`update lab.users set role = 'admin' where username = 'admin'`);
        await app.query(`delete from lab.users where role = 'admin' and username <> 'admin'`);
        moveClock(FIVE_SECONDS);
      }
    });
  });
});
