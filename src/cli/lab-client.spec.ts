import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LabClient } from './lab-client.js';

const LOGIN = { username: 'admin', password: 'admin' };

describe('LabClient', () => {
  let lab: Server;
  let logins: number;
  /** Requests that each token is good for. */
  let life: number;
  const url = (): string => `http://127.0.0.1:${(lab.address() as AddressInfo).port}`;

  beforeEach(async () => {
    logins = 0;
    let left = 0;
    lab = createServer((request, response) => {
      const answer = (status: number, body: object): unknown => response.writeHead(status).end(JSON.stringify(body));
      if (request.url === '/api/v1/auth/login') {
        left = life;
        return answer(200, { access_token: `token ${++logins}` });
      }
      if (request.headers.authorization !== `Bearer token ${logins}` || left-- <= 0) return answer(401, { detail: 'Expired.' });
      return answer(200, { logins });
    });
    await once(lab.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => lab.close());

  it('logs in again when its token has expired meanwhile', async () => {
    life = 2;
    const client = await LabClient.open(url(), LOGIN);
    const asked = [client.get('/a'), client.post('/b', {})];
    expect(await Promise.all(asked)).toEqual([{ logins: 1 }, { logins: 1 }]);
    expect(await client.get('/job')).toEqual({ logins: 2 });
  });

  it('asks no third time when the new token is refused, too', async () => {
    life = 0;
    const client = await LabClient.open(url(), LOGIN);
    await expect(client.get('/job')).rejects.toThrow('Expired.');
    expect(logins).toBe(2);
  });

  it('has only the token that it was given', async () => {
    life = 1;
    const client = await LabClient.open(url(), { token: 'token 0' });
    await expect(client.get('/job')).rejects.toThrow('Expired.');
    expect(logins).toBe(0);
  });
});
