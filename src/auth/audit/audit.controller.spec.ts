import { setImmediate } from 'node:timers/promises';
import { Controller, Post } from '@nestjs/common';
import { AuthApp, openAuthApp, PASSWORD } from '../../../test/fixtures/auth-app.js';
import { RequireRole } from '../access.decorator.js';
import type { AuditEntry } from './audit.schema.js';
import { AuditLog } from './audit-log.js';

@Controller('probe')
class Probe {
  @Post('question')
  @RequireRole('analyst')
  ask(): void {}

  @Post('write')
  @RequireRole('engineer')
  write(): void {}
}

describe('the audit log', () => {
  let app: AuthApp;
  let url: string;
  let token: string;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ app, url, close } = await openAuthApp(Probe));
    token = (await app.login()).access_token;
  });
  afterEach(() => close());

  const log = async (query = ''): Promise<AuditEntry[]> => {
    await setImmediate(); // the entry is made when the answer is out
    await app.provider(AuditLog).flush();
    return (await app.send('GET', `/api/v1/audit${query}`, { token })).json<{ items: AuditEntry[] }>().items;
  };

  it('keeps who wrote what, where, when and with what end', async () => {
    await app.send('PATCH', '/api/v1/users/nobody?secret=1', { token, body: { blocked: true }, from: '10.0.0.9' });
    expect(await log()).toEqual([
      {
        at: expect.stringMatching(/Z$/),
        username: 'admin',
        method: 'PATCH',
        route: '/api/v1/users/:username',
        path: '/api/v1/users/nobody',
        status: 404,
        request_id: expect.stringMatching(/./),
        address: '10.0.0.9',
      },
    ]);
  });

  it('keeps who was refused: nobody, a role too low, and a wrong password', async () => {
    const viewer = await app.tokenAs('viewer');
    await app.send('GET', '/api/v1/users', { token: viewer });
    await app.send('GET', '/api/v1/users');
    await app.tryLogin('viewer', 'wrong');
    const denied = (await log()).filter(({ status }) => status === 401 || status === 403);
    expect(denied.map(({ username, method, route, status }) => [username, method, route, status])).toEqual([
      ['viewer', 'POST', '/api/v1/auth/login', 401],
      [null, 'GET', '/api/v1/users', 401],
      ['viewer', 'GET', '/api/v1/users', 403],
    ]);
  });

  it('keeps no name of a refused login that nobody can have, and none that another request brought', async () => {
    await app.tryLogin('a\u0000b', 'wrong');
    await app.send('POST', '/api/v1/users', { body: { username: 'ana', password: 'a-wrong-one', role: 'admin' } });
    expect((await log('?status=401')).map(({ username }) => username)).toEqual([null, null]);
  });

  it('leaves out questions and reads, and takes what engineers write', async () => {
    await app.send('POST', '/probe/question', { token });
    await app.send('GET', '/api/v1/users', { token });
    await app.send('POST', '/probe/write', { token });
    expect((await log()).map(({ path }) => path)).toEqual(['/probe/write']);
  });

  it('can be asked for one user or one status', async () => {
    const viewer = await app.tokenAs('viewer');
    await app.send('GET', '/api/v1/users', { token: viewer });
    await app.send('GET', '/api/v1/users');
    const [ofViewer, unauthenticated] = [await log('?username=viewer'), await log('?status=401')];
    expect([ofViewer.map(({ status }) => status), unauthenticated.map(({ username }) => username)]).toEqual([[403], [null]]);
  });

  it.each(['username=%00', 'status=teapot'])('names what is wrong in %s', async (query) => {
    const answer = await app.send('GET', `/api/v1/audit?${query}`, { token });
    expect([answer.statusCode, answer.json().errors[0].path]).toEqual([400, query.split('=')[0]]);
  });

  it('loses nothing when the process stops', async () => {
    const second = await AuthApp.open(url);
    await second.send('POST', '/api/v1/users', { token, body: { username: 'ana', password: PASSWORD, role: 'viewer' } });
    await second.close();
    expect(await app.query(`select path, status from lab.audit_log`)).toEqual([{ path: '/api/v1/users', status: 201 }]);
  });
});
