import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { readConfig } from '../config/lab-config.js';
import { WebhookService } from './webhook.service.js';
import { signatureHeaders } from './webhook-signature.js';

const SECRET = 'a-secret-for-the-webhook';
const MESSAGE = { id: 'msg_1', type: 'books.updated', timestamp: new Date('2026-01-31T04:00:00Z'), data: { books: 3 } };
const NEVER = new AbortController().signal;

class Hasty extends WebhookService {
  protected override pausesMs = [1, 1];
}

describe('WebhookService', () => {
  let server: Server;
  let received: { headers: IncomingHttpHeaders; body: string }[];
  /** Statuses of the next answers, the last one for all that follow; 0 breaks the connection. */
  let answers: number[];

  beforeEach(async () => {
    [received, answers] = [[], [204]];
    server = createServer((request, response) => void take(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    received.push({ headers: request.headers, body: await text(request) });
    const status = answers.length > 1 ? answers.shift() : answers[0];
    if (status === 0) response.destroy();
    else response.writeHead(status ?? 204, { location: '/elsewhere' }).end();
  };
  const webhook = (): Hasty => {
    const { port } = server.address() as AddressInfo;
    return new Hasty(readConfig({ WEBHOOK_URL: `http://127.0.0.1:${port}/hook`, WEBHOOK_SECRET: SECRET }));
  };

  it('posts the message as JSON, signed', async () => {
    expect(await webhook().send(MESSAGE, NEVER)).toBe(1);
    const [{ headers, body }] = received;
    expect(JSON.parse(body)).toEqual({ type: 'books.updated', timestamp: '2026-01-31T04:00:00.000Z', data: { books: 3 } });
    expect(headers['content-type']).toBe('application/json');
    const sentAt = new Date(Number(headers['webhook-timestamp']) * 1000);
    expect(headers).toMatchObject(signatureHeaders(SECRET, 'msg_1', sentAt, body));
  });

  it('tries again what may pass, under the same id', async () => {
    answers = [500, 0, 200];
    expect(await webhook().send(MESSAGE, NEVER)).toBe(3);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_1', 'msg_1', 'msg_1']);
  });

  it('gives up what does not pass, and says why', async () => {
    answers = [503];
    await expect(webhook().send(MESSAGE, NEVER)).rejects.toMatchObject({
      code: 'WEBHOOK_REFUSED',
      message: expect.stringMatching(/3 attempt\(s\): it answered 503/),
    });
  });

  it.each([400, 401, 404, 410, 302])('does not ask twice of who answers %d', async (status) => {
    answers = [status];
    await expect(webhook().send(MESSAGE, NEVER)).rejects.toThrow(`1 attempt(s): it answered ${status}`);
    expect(received).toHaveLength(1);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    answers = [500];
    const sending = webhook().send(MESSAGE, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(sending).rejects.toThrow(/stopped|aborted/);
  });

  it('does nothing when nobody listens', async () => {
    const nobody = new WebhookService(readConfig({}));
    expect([nobody.isConfigured, await nobody.send(MESSAGE, NEVER)]).toEqual([false, 0]);
  });
});
