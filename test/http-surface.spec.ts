import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from '../src/app.module.js';
import { mayActAs, type Role, ROLES } from '../src/auth/role.types.js';
import { type RouteAccess, RouteAccessService } from '../src/auth/route-access.service.js';
import { readConfig } from '../src/config/lab-config.js';
import { httpAdapter, setUpHttp } from '../src/http/http-server.js';
import { describeApi, setUpSwagger } from '../src/http/swagger.js';
import { expectGenerated } from './fixtures/generated.js';
import { openTestDatabase } from './fixtures/postgres.js';
import { aWorkspace } from './fixtures/workspace.js';

const ADMIN_PASSWORD = 'a-long-passphrase';

/** The whole house in this process: what it says of its routes, and whether it keeps to it. */
describe('the HTTP surface', () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-surface-'));
    database = await openTestDatabase();
    const config = readConfig({
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      DATABASE_URL: database.url,
      DATA_DIR: join(folder, 'data'),
      MODELS_DIR: join(folder, 'models'),
      WORKSPACE_DIR: await aWorkspace(folder),
      ADMIN_PASSWORD,
      JWT_SECRET: 'a-secret-for-tests-of-32-bytes-or-more',
    });
    const module = await Test.createTestingModule({ imports: [AppModule.with(config)] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    setUpSwagger(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app?.close();
    await database?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const routes = (): RouteAccess[] => app.get(RouteAccessService, { strict: false }).list();

  const login = async (username: string): Promise<string> => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      payload: { username, password: ADMIN_PASSWORD },
    });
    return answer.json<{ access_token: string }>().access_token;
  };

  const tokenAs = async (role: Role): Promise<string> => {
    const headers = { authorization: `Bearer ${await login('admin')}` };
    await app.inject({
      method: 'POST',
      url: '/api/v1/users',
      headers,
      payload: { username: role, password: ADMIN_PASSWORD, role },
    });
    return login(role);
  };

  /** With names that nothing has: who is let in learns that, who is not does not. */
  const call = async ({ method, path }: RouteAccess, token?: string): Promise<number> => {
    const url = path.replaceAll(/:\w+/g, 'nothing');
    const answer = await app.inject({ method: method as 'GET', url, headers: token ? { authorization: `Bearer ${token}` } : {} });
    return answer.statusCode;
  };

  // A session that has been ended says nothing more about the routes after it.
  const callable = (): RouteAccess[] => routes().filter(({ path }) => !path.endsWith('/logout') && !path.endsWith('/refresh'));

  it('is documented in docs/openapi.json', () =>
    expectGenerated('docs/openapi.json', `${JSON.stringify(describeApi(app), null, 1)}\n`));

  it('is listed in docs/routes.md', () =>
    expectGenerated(
      'docs/routes.md',
      `# Who may call what\n\nThe least role of each route, read from the code (\`npm run generate\`).\n\n${app.get(RouteAccessService, { strict: false }).describe()}`,
    ));

  it('declares for every route who may call it', () => {
    expect(routes().filter(({ access }) => access === undefined)).toEqual([]);
    expect(routes().length).toBeGreaterThan(30);
  });

  it('limits how often one address may ask for what is open, but for health, documentation and logins', () => {
    const { paths } = describeApi(app);
    const open = routes().filter(({ access }) => access && 'open' in access);
    const unlimited = open.filter(({ method, path }) => {
      const operation = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase() as 'get'];
      return operation && !operation.responses['429'];
    });
    const exempt = /^(\/|\/metrics|\/health.*|\/api\/v1\/health|\/api\/v1\/auth\/.*)$/;
    expect(unlimited.map(({ path }) => path).filter((path) => !exempt.test(path))).toEqual([]);
  });

  it('says how the learning loop is turned on, wherever it would answer', async () => {
    const ofLoop = routes().filter(({ path }) => /^\/stream\/|\/streams\/loop\//.test(path));
    expect(ofLoop).toHaveLength(8);
    const headers = { authorization: `Bearer ${await login('admin')}` };
    for (const { method, path } of ofLoop) {
      const answer = await app.inject({ method: method as 'GET', url: path, headers });
      expect([path, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([path, 503, 'STREAM_DEMO_OFF']);
    }
  });

  it('says nobody in particular 401 wherever a role is needed, and lets everybody in where none is', async () => {
    for (const route of callable()) {
      const status = await call(route);
      const open = route.access !== undefined && 'open' in route.access;
      if (open) expect([route.path, [401, 403]]).not.toEqual([route.path, expect.arrayContaining([status])]);
      else expect([route.path, status]).toEqual([route.path, 401]);
    }
  });

  it.each(ROLES)('lets a %s do what the role allows, and says 403 to the rest', async (role) => {
    const token = await tokenAs(role);
    for (const route of callable()) {
      if (!route.access || 'open' in route.access) continue;
      const status = await call(route, token);
      const allowed = mayActAs(role, route.access.role);
      expect([route.method, route.path, status === 403]).toEqual([route.method, route.path, !allowed]);
      expect([route.method, route.path, status]).not.toEqual([route.method, route.path, 401]);
      expect([route.method, route.path, status]).not.toEqual([route.method, route.path, 500]);
    }
  });
});
