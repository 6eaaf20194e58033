import { AuthApp } from '../../../test/fixtures/auth-app.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';

const ADMIN_PASSWORD = 'a-password-of-production';

describe('FirstAdmin', () => {
  let url: string;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ url, close } = await openTestDatabase());
  });
  afterEach(() => close());

  /** What a start leaves behind for those who try to log in as admin with each password. */
  const startAndTry = async (config: Parameters<typeof AuthApp.open>[1], passwords: string[]): Promise<number[]> => {
    const app = await AuthApp.open(url, config);
    const statuses: number[] = [];
    for (const password of passwords) statuses.push((await app.tryLogin('admin', password)).statusCode);
    await app.close();
    return statuses;
  };
  const production = { environment: 'production', adminPassword: ADMIN_PASSWORD } as const;

  it('is admin / admin in development', async () => {
    expect(await startAndTry({ environment: 'development' }, ['admin'])).toEqual([200]);
  });

  it('has the password of the settings when there is one', async () => {
    expect(await startAndTry(production, ['admin', ADMIN_PASSWORD])).toEqual([401, 200]);
  });

  it('keeps its password when the settings change', async () => {
    await startAndTry(production, []);
    expect(await startAndTry({ ...production, adminPassword: 'another-password' }, ['another-password', ADMIN_PASSWORD])).toEqual(
      [401, 200],
    );
  });

  it('loses the password of development in production', async () => {
    const app = await AuthApp.open(url);
    const { refresh_token } = await app.login();
    expect(await startAndTry(production, ['admin', ADMIN_PASSWORD])).toEqual([401, 200]);
    expect((await app.send('POST', '/api/v1/auth/refresh', { token: refresh_token })).statusCode).toBe(401);
    await app.close();
  });

  it('is made once by processes that start at the same time', async () => {
    const apps = await Promise.all(Array.from({ length: 4 }, () => AuthApp.open(url)));
    expect(await apps[0].query('select username, role from lab.users')).toEqual([{ username: 'admin', role: 'admin' }]);
    await Promise.all(apps.map((app) => app.close()));
  });

  it('does not come back when another admin has taken its place', async () => {
    const app = await AuthApp.open(url);
    const token = await app.tokenAs('admin', 'ana');
    await app.send('DELETE', '/api/v1/users/admin', { token });
    await app.close();
    expect(await startAndTry({}, ['admin'])).toEqual([401]);
  });
});
