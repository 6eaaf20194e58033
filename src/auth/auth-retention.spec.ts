import { type AuthApp, openAuthApp } from '../../test/fixtures/auth-app.js';
import { moveClock } from '../../test/fixtures/clock.js';
import { AuditLog } from './audit/audit-log.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';

const DAY = 86_400_000;

describe('retention', () => {
  let app: AuthApp;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ app, close } = await openAuthApp());
  });
  afterAll(() => close());

  const count = async (table: string, where = 'true'): Promise<number> => {
    const [{ rows }] = await app.query<{ rows: number }>(`select count(*)::int as rows from lab.${table} where ${where}`);
    return rows;
  };
  const record = (rows: number, status: number, at = 'now()'): Promise<object[]> =>
    app.query(`
      insert into lab.audit_log (at, method, route, path, status, request_id, address)
      select ${at}, 'GET', '/', '/', ${status}, i, '::1' from generate_series(1, ${rows}) i`);

  it('keeps audit entries for ninety days', async () => {
    await record(1, 201, `now() - interval '91 days'`);
    await record(1, 201, `now() - interval '89 days'`);
    await app.provider(AuditLog).trim();
    expect(await count('audit_log')).toBe(1);
  });

  it('lets a flood of refusals push out refusals, and nothing that was written', async () => {
    await record(2, 201);
    await record(200_003, 401);
    const written = await count('audit_log', 'status = 201');
    await app.provider(AuditLog).trim();
    expect([await count('audit_log', 'status = 401'), await count('audit_log', 'status = 201')]).toEqual([200_000, written]);
  });

  it('keeps a session until the day after it expired', async () => {
    await app.login();
    moveClock(30 * DAY);
    await app.provider(RefreshTokens).purge();
    expect(await count('refresh_tokens')).toBe(1);
    moveClock(1.1 * DAY);
    await app.provider(RefreshTokens).purge();
    expect(await count('refresh_tokens')).toBe(0);
  });
});
