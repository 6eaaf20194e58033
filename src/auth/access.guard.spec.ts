import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { Controller, Get, Post } from '@nestjs/common';
import { type AuthApp, JWT_SECRET, openAuthApp } from '../../test/fixtures/auth-app.js';
import { OpenToAll, RequireRole } from './access.decorator.js';
import type { Caller } from './caller.types.js';
import { CurrentUser } from './current-user.decorator.js';
import { type Role, ROLES } from './role.types.js';

@RequireRole('viewer')
@Controller('probe')
class Probe {
  @Get('viewer')
  viewer(): void {}

  @Get('analyst')
  @RequireRole('analyst')
  analyst(): void {}

  @Get('engineer')
  @RequireRole('engineer')
  engineer(): void {}

  @Get('admin')
  @RequireRole('admin')
  admin(): void {}

  @Post('open')
  @OpenToAll()
  open(@CurrentUser() caller?: Caller): { caller: Caller | null } {
    return { caller: caller ?? null };
  }
}

@Controller('forgotten')
class Forgotten {
  @Get()
  find(): void {}
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const hs256 = (signed: string, secret = JWT_SECRET): string => createHmac('sha256', secret).update(signed).digest('base64url');

describe('AccessGuard', () => {
  let app: AuthApp;
  let close: () => Promise<void>;
  let tokens: Record<Role, string>;
  beforeAll(async () => {
    ({ app, close } = await openAuthApp(Probe, Forgotten));
    const all = await Promise.all(ROLES.map(async (role) => [role, await app.tokenAs(role, `some-${role}`)]));
    tokens = Object.fromEntries(all) as Record<Role, string>;
  });
  afterAll(() => close());

  const get = (path: string, token?: string) => app.send('GET', path, { token });

  /** A token of ours with other claims or another header, signed by our own secret unless a signature is given. */
  const forge = (claims: object, header: object = {}, signature = hs256): string => {
    const genuine = JSON.parse(Buffer.from(tokens.admin.split('.')[1], 'base64url').toString()) as object;
    const signed = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode({ ...genuine, ...claims })}`;
    return `${signed}.${signature(signed)}`;
  };

  it('asks nobody for a token, in problem JSON and in the header', async () => {
    const answer = await get('/probe/viewer');
    expect([answer.statusCode, answer.headers['www-authenticate'], answer.headers['content-type']]).toEqual([
      401,
      'Bearer realm="dataflow-lab"',
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.json()).toMatchObject({
      code: 'NOT_AUTHENTICATED',
      status: 401,
      detail: expect.stringContaining('/api/v1/auth/login'),
    });
  });

  it.each(ROLES)('lets %s through to its own routes and those of the roles below', async (role) => {
    const statuses = await Promise.all(ROLES.map(async (needed) => (await get(`/probe/${needed}`, tokens[role])).statusCode));
    expect(statuses).toEqual(ROLES.map((needed) => (ROLES.indexOf(needed) <= ROLES.indexOf(role) ? 200 : 403)));
  });

  it('names the role that is missing', async () => {
    const answer = await get('/probe/engineer', tokens.viewer);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="dataflow-lab", error="insufficient_scope", scope="engineer"');
    expect(answer.json().code).toBe('ROLE_NOT_ALLOWED');
  });

  it('closes a route that does not say who may call it, to the admin too', async () => {
    const answer = await get('/forgotten', tokens.admin);
    expect([answer.statusCode, answer.json().code]).toEqual([403, 'ACCESS_NOT_DECLARED']);
    expect(answer.json().detail).toContain('Forgotten.find');
  });

  it('lets nobody in where it is open, and knows who comes with a token', async () => {
    const nobody = await app.send('POST', '/probe/open');
    const somebody = await app.send('POST', '/probe/open', { token: tokens.analyst });
    expect([nobody.json(), somebody.json()]).toEqual([
      { caller: null },
      { caller: { username: 'some-analyst', role: 'analyst' } },
    ]);
  });

  it('takes who comes to an open route with a wrong token for nobody', async () => {
    const answer = await app.send('POST', '/probe/open', { token: 'nonsense' });
    expect([answer.statusCode, answer.json()]).toEqual([201, { caller: null }]);
  });

  it('accepts a token that it would have signed itself', async () => {
    expect((await get('/probe/admin', forge({}))).statusCode).toBe(200);
  });

  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const forged: Record<string, () => string> = {
    'without an algorithm': () => forge({}, { alg: 'none' }, () => ''),
    'without an algorithm but with a signature': () => forge({}, { alg: 'none' }),
    'signed by another secret': () => forge({}, {}, (signed) => hs256(signed, 'another-secret-of-at-least-32-bytes')),
    'signed by a public key as if it were a secret': () => forge({}, {}, (signed) => hs256(signed, pem)),
    'signed by a private key': () =>
      forge({}, { alg: 'RS256' }, (signed) => sign('sha256', Buffer.from(signed), privateKey).toString('base64url')),
    'signed by a longer hash': () =>
      forge({}, { alg: 'HS512' }, (signed) => createHmac('sha512', JWT_SECRET).update(signed).digest('base64url')),
    'of another kind': () => forge({ typ: 'refresh' }),
    'of no kind': () => forge({ typ: undefined }),
    'that never expires': () => forge({ exp: undefined }),
    'of a user who is not there': () => forge({ sub: '00000000-0000-4000-8000-000000000000' }),
    'whose claims were changed': () => tokens.viewer.replace(/\..*\./, `.${tokens.admin.split('.')[1]}.`),
    'that was cut off': () => tokens.admin.slice(0, -1),
    'that is nonsense': () => 'nonsense',
    'that is empty': () => '',
  };

  it.each(Object.entries(forged))('refuses a token %s', async (_name, make) => {
    const answer = await get('/probe/viewer', make());
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="dataflow-lab", error="invalid_token"',
    ]);
    expect(answer.json().code).toBe('INVALID_TOKEN');
  });

  it('refuses a token that has expired and says so', async () => {
    const answer = await get('/probe/viewer', forge({ exp: Math.floor(Date.now() / 1000) }));
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'TOKEN_EXPIRED']);
    expect(answer.headers['www-authenticate']).toContain('error_description="expired"');
  });

  it('does not take a refresh token for an access token', async () => {
    const { refresh_token } = await app.login();
    expect((await get('/probe/viewer', refresh_token)).json().code).toBe('INVALID_TOKEN');
  });

  it('does not know other schemes', async () => {
    const basic = `Basic ${Buffer.from('admin:admin').toString('base64')}`;
    const answer = await app.send('GET', '/probe/viewer', { headers: { authorization: basic } });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'NOT_AUTHENTICATED']);
  });

  it('reads the scheme in any case of letters', async () => {
    const answer = await app.send('GET', '/probe/viewer', { headers: { authorization: `bearer ${tokens.viewer}` } });
    expect(answer.statusCode).toBe(200);
  });
});
