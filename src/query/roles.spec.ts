import { JWT_SECRET, PASSWORD } from '../../test/fixtures/auth-app.js';
import { QueryApp } from '../../test/fixtures/query-app.js';
import { AuthModule } from '../auth/auth.module.js';

describe('the data of the lake', () => {
  let app: QueryApp;
  const tokens = new Map<string, string>();

  const login = async (username: string, password: string): Promise<string> => {
    const response = await app.fetch('/api/v1/auth/login', { username, password });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  const headersOf = (who: string): Record<string, string> => {
    const token = tokens.get(who);
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  };

  beforeAll(async () => {
    app = await QueryApp.open({}, { jwtSecret: JWT_SECRET }, [AuthModule]);
    await app.write('gold.routes', "SELECT 'SFO' AS origin, 3 AS flights");
    tokens.set('admin', await login('admin', 'admin'));
    for (const role of ['viewer', 'analyst']) {
      await app.fetch('/api/v1/users', { username: role, password: PASSWORD, role }, { headers: headersOf('admin') });
      tokens.set(role, await login(role, PASSWORD));
    }
  });
  afterAll(() => app.close());

  it.each([
    ['nobody', 'has not', [401, 401, 401, 401]],
    ['viewer', 'reads, and does not query', [200, 200, 200, 403]],
    ['analyst', 'reads and queries', [200, 200, 200, 200]],
  ])('a %s %s', async (who, _does, statuses) => {
    const get = (path: string) => app.fetch(`/api/v1/datasets/gold.routes/${path}`, undefined, { headers: headersOf(who) });
    const answers = [
      await get('preview'),
      await get('download'),
      await get('download?format=csv&partition_by=origin'),
      await app.fetch('/api/v1/sql', { sql: 'FROM gold.routes' }, { headers: headersOf(who) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const answer of refused) expect(await answer.text()).not.toContain('SFO');
  });
});
