import { AuthApp, JWT_SECRET, openAuthApp, PASSWORD } from '../../../test/fixtures/auth-app.js';
import { moveClock } from '../../../test/fixtures/clock.js';
import type { Tokens } from './session.schema.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

describe('sessions', () => {
  let app: AuthApp;
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ app, url, close } = await openAuthApp());
    await app.tokenAs('analyst', 'Ana');
  });
  afterAll(() => close());

  const refresh = (token?: string) => app.send('POST', '/api/v1/auth/refresh', { token });
  const logout = (token?: string) => app.send('POST', '/api/v1/auth/logout', { token });
  const me = (token?: string) => app.send('GET', '/api/v1/auth/me', { token });

  describe('POST /api/v1/auth/login', () => {
    it('answers with both tokens and how long the first lives', async () => {
      const answer = await app.tryLogin('admin', 'admin');
      expect([answer.statusCode, answer.json()]).toEqual([
        200,
        {
          access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
          refresh_token: expect.stringMatching(/^dflr_/),
          token_type: 'Bearer',
          expires_in: 3600,
        },
      ]);
    });

    it('signs who, as what, of which kind and until when', async () => {
      const { access_token } = await app.login('ana');
      const claims = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString());
      const now = Math.floor(Date.now() / 1000);
      expect(claims).toEqual({
        sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
        role: 'analyst',
        typ: 'access',
        sid: expect.any(String),
        jti: expect.any(String),
        iat: expect.any(Number),
        exp: claims.iat + 3600,
      });
      expect(Math.abs(claims.iat - now)).toBeLessThan(5);
    });

    it('knows a user in any case of letters', async () => {
      const { access_token } = await app.login('aNA');
      expect((await me(access_token)).json()).toEqual({ username: 'Ana', role: 'analyst' });
    });

    it('says the same of an unknown user and of a wrong password', async () => {
      const [unknown, wrong] = [await app.tryLogin('nobody', PASSWORD), await app.tryLogin('ana', 'wrong')];
      const told = ({ statusCode, headers, json }: typeof unknown) => [
        statusCode,
        headers['www-authenticate'],
        json().code,
        json().detail,
      ];
      expect(told(unknown)).toEqual([401, 'Bearer realm="dataflow-lab"', 'WRONG_CREDENTIALS', 'Username or password is wrong.']);
      expect(told(wrong)).toEqual(told(unknown));
    });

    it('takes as long for an unknown user as for a wrong password', async () => {
      const timed = async (username: string, from: string): Promise<number> => {
        const start = performance.now();
        await app.tryLogin(username, 'wrong', from);
        return performance.now() - start;
      };
      const times: { unknown: number[]; wrong: number[] } = { unknown: [], wrong: [] };
      for (let i = 0; i < 9; i++) {
        times.unknown.push(await timed('nobody', '10.0.0.1'));
        times.wrong.push(await timed('ana', '10.0.0.1'));
      }
      // The hash is nearly all of the time: without it the ratio would be near 0.1.
      expect(median(times.unknown) / median(times.wrong)).toBeGreaterThan(0.5);
      expect(median(times.unknown) / median(times.wrong)).toBeLessThan(2);
    });

    it.each(['ana\0', "' or 1=1 --", 'ana ', '\ud800'])('takes the name %j for unknown', async (username) => {
      expect((await app.tryLogin(username, PASSWORD)).statusCode).toBe(401);
    });

    it('names what is missing or too long', async () => {
      const missing = await app.send('POST', '/api/v1/auth/login', { body: { username: 'ana' } });
      const long = await app.tryLogin('a'.repeat(65), 'p'.repeat(1025));
      const paths = ({ json }: typeof missing) => json().errors.map(({ path }: { path: string }) => path);
      expect([missing.statusCode, paths(missing)]).toEqual([400, ['password']]);
      expect([long.statusCode, paths(long)]).toEqual([400, ['username', 'password']]);
    });
  });

  describe('failures', () => {
    const fail = async (times: number, username: string, from: string): Promise<number[]> => {
      const answers = await Promise.all(Array.from({ length: times }, () => app.tryLogin(username, 'wrong', from)));
      return answers.map(({ statusCode }) => statusCode);
    };

    it('are answered 429 after the tenth, however many come at once', async () => {
      const statuses = await fail(40, 'ana', '10.1.0.1');
      // Two are worked on at a time, so one more may be under way when the tenth fails.
      expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(11);
      expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(10);
      const refused = await app.tryLogin('ana', PASSWORD, '10.1.0.1');
      expect([refused.statusCode, refused.json().code]).toEqual([429, 'TOO_MANY_LOGINS']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(290);
    });

    it('lock out neither another user there nor the same user elsewhere', async () => {
      await fail(12, 'ana', '10.1.0.2');
      const [other, elsewhere] = [
        await app.tryLogin('admin', 'admin', '10.1.0.2'),
        await app.tryLogin('ana', PASSWORD, '10.1.0.3'),
      ];
      expect([other.statusCode, elsewhere.statusCode]).toEqual([200, 200]);
    });

    it('are forgotten when their time is over', async () => {
      await fail(12, 'ana', '10.1.0.4');
      moveClock(5 * MINUTE);
      expect((await app.tryLogin('ana', PASSWORD, '10.1.0.4')).statusCode).toBe(200);
    });

    it('are not made by thirty people who log in at once', async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => app.tryLogin('ana', PASSWORD, '10.1.0.5')));
      expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    });
  });

  describe('POST /api/v1/auth/refresh', () => {
    it('gives another access token, again and again', async () => {
      const { access_token, refresh_token } = await app.login('ana');
      const [first, second] = [await refresh(refresh_token), await refresh(refresh_token)];
      expect(first.json()).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
      expect(new Set([access_token, first.json().access_token, second.json().access_token]).size).toBe(3);
      expect((await me(second.json().access_token)).statusCode).toBe(200);
    });

    it('refuses an access token, nonsense, and nobody', async () => {
      const { access_token } = await app.login('ana');
      const answers = [
        await refresh(access_token),
        await refresh('dflr_nonsense'),
        await refresh(`dflr_${'a'.repeat(43)}`),
        await refresh(),
      ];
      expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual([
        [401, 'INVALID_TOKEN'],
        [401, 'INVALID_TOKEN'],
        [401, 'INVALID_TOKEN'],
        [401, 'NOT_AUTHENTICATED'],
      ]);
    });

    it('refuses a token of more than thirty days', async () => {
      const { refresh_token } = await app.login('ana');
      moveClock(30 * DAY);
      expect((await refresh(refresh_token)).json().code).toBe('TOKEN_EXPIRED');
    });
  });

  describe('an access token', () => {
    it('lives an hour and not a second longer, also when it was used before', async () => {
      const { access_token } = await app.login('ana');
      moveClock(59 * MINUTE);
      expect((await me(access_token)).statusCode).toBe(200);
      moveClock(MINUTE);
      expect((await me(access_token)).json().code).toBe('TOKEN_EXPIRED');
    });

    it('lives as long as the settings say', async () => {
      const brief = await AuthApp.open(url, { jwtTtlMinutes: 1 });
      const { access_token, expires_in } = await brief.login('ana');
      await brief.close();
      expect(expires_in).toBe(60);
      moveClock(MINUTE);
      expect((await me(access_token)).json().code).toBe('TOKEN_EXPIRED');
    });

    it('is good on every process with the same secret, and on none with another', async () => {
      const [same, other] = await Promise.all([AuthApp.open(url), AuthApp.open(url, { jwtSecret: `another-${JWT_SECRET}` })]);
      const { access_token: token } = await app.login('ana');
      const answers = await Promise.all([same, other].map((replica) => replica.send('GET', '/api/v1/auth/me', { token })));
      await Promise.all([same.close(), other.close()]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 401]);
    });
  });

  describe('POST /api/v1/auth/logout', () => {
    it.each(['access_token', 'refresh_token'] as const)('ends the session by its %s, and no other', async (kind) => {
      const [ended, other]: Tokens[] = [await app.login('ana'), await app.login('ana')];
      expect((await logout(ended[kind])).statusCode).toBe(204);
      expect((await refresh(ended.refresh_token)).statusCode).toBe(401);
      moveClock(5 * SECOND);
      const statuses = await Promise.all([me(ended.access_token), me(other.access_token), refresh(other.refresh_token)]);
      expect(statuses.map(({ statusCode }) => statusCode)).toEqual([401, 200, 200]);
    });

    it('may be called twice', async () => {
      const { refresh_token } = await app.login('ana');
      expect([(await logout(refresh_token)).statusCode, (await logout(refresh_token)).statusCode]).toEqual([204, 204]);
    });

    it('refuses nonsense and nobody', async () => {
      expect([(await logout('nonsense')).statusCode, (await logout()).statusCode]).toEqual([401, 401]);
    });
  });

  it('keeps no token and no password as it is', async () => {
    const { refresh_token } = await app.login('ana');
    const rows = JSON.stringify(await app.query('select * from lab.users u left join lab.refresh_tokens t on t.user_id = u.id'));
    expect([rows.includes(refresh_token), rows.includes(PASSWORD)]).toEqual([false, false]);
    expect(rows).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
  });
});
