import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const CONNECTIONS = 32;
const BODY = JSON.stringify({ records: [{ area: 100, town: 'Porto' }] });

/** Its file is not there yet: the run is under way, and waits for its second attempt far longer than this test lasts. */
const WAITING = {
  'sources/late.yaml': 'name: late\ndescription: Houses that come late\nformat: csv\npath: late.csv\n',
  'pipelines/waiting.yaml': `name: waiting
description: Waits for a file
tasks:
  load: { uses: etl.load, with: { source: late }, retries: 1, retry_delay_seconds: 600 }
`,
};

interface Tally {
  readonly answers: Map<number, number>;
  /** Requests that were sent on a connection and got nothing back. */
  unanswered: number;
  /** Connections that the server did not take, which is right once it has stopped listening. */
  refused: number;
}

/** One client after another on connections that it would like to keep, until nobody listens any more. */
async function hammer(url: string, token: string, tally: Tally): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'content-length': BODY.length };
  for (;;) {
    const call = request(`${url}/predict`, { method: 'POST', agent, headers });
    try {
      call.end(BODY);
      const [response] = (await once(call, 'response')) as [NodeJS.ReadableStream & { statusCode: number }];
      response.resume();
      await once(response, 'end');
      tally.answers.set(response.statusCode, (tally.answers.get(response.statusCode) ?? 0) + 1);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') {
        tally.refused++;
        return agent.destroy();
      }
      tally.unanswered++;
    }
  }
}

/** Server-sent events until the server ends them. @throws when the connection breaks instead */
async function listen(lab: Lab, path: string, opened: () => void): Promise<string> {
  const headers = { accept: 'text/event-stream', authorization: `Bearer ${await lab.login()}` };
  const response = await fetch(`${lab.url}${path}`, { headers });
  let heard = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    if (heard === '') opened();
    heard += chunk;
  }
  return heard;
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((wait) => setTimeout(wait, 20));
};

describe('a lab that is told to stop under load', () => {
  let folder: string;
  let workspace: string;
  let lab: Lab;

  beforeAll(async () => {
    folder = await aLabFolder();
    workspace = await aWorkspace(folder, WAITING);
    lab = await Lab.start(folder, { WORKSPACE_DIR: workspace, SHUTDOWN_DELAY_SECONDS: '3' });
    const { body } = await lab.call('POST', '/api/v1/pipelines/houses/runs', {});
    await lab.until(body.href, ({ status }) => status === 'succeeded');
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  it('answers all that it took, says first that it is not ready, ends its event streams, and goes on with its run at the next start', async () => {
    const token = await lab.login();
    const started = await lab.call('POST', '/api/v1/pipelines/waiting/runs', {});
    await lab.until(started.body.href, ({ tasks: [load] }) => load.attempts === 1 && load.status === 'queued');
    const opened = Promise.withResolvers<void>();
    const log = listen(lab, `${started.body.href}/logs`, opened.resolve);
    await opened.promise;
    const tally: Tally = { answers: new Map(), unanswered: 0, refused: 0 };
    const clients = Array.from({ length: CONNECTIONS }, () => hammer(lab.url, token, tally));
    await until(() => (tally.answers.get(200) ?? 0) > CONNECTIONS);

    const before = tally.answers.get(200) ?? 0;
    const ended = lab.stop('SIGTERM');
    await until(async () => (await lab.request('GET', '/health/ready')).status === 503);
    expect((await lab.call('POST', '/predict', JSON.parse(BODY))).status).toBe(200);

    expect(await ended).toBe(0);
    await Promise.all(clients);
    expect(await log).toMatch(/attempt 1 failed[\s\S]*\n\n$/);
    expect({ statuses: [...tally.answers.keys()], unanswered: tally.unanswered, refused: tally.refused }).toEqual({
      statuses: [200],
      unanswered: 0,
      refused: CONNECTIONS,
    });
    expect(tally.answers.get(200)).toBeGreaterThan(before);

    await writeFile(join(workspace, 'late.csv'), 'id,area\n1,100\n');
    lab = await Lab.start(folder, { WORKSPACE_DIR: workspace });
    const run = await lab.until(started.body.href, ({ status }) => status !== 'running' && status !== 'queued');
    expect(run.status).toBe('succeeded');
    expect(lab.printed).toMatch(/waiting: the run \S+ goes on/);
  });
});
