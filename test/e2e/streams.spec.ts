import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const SCHEMA = {
  type: 'object',
  properties: { sensor: { type: 'string', maxLength: 40 }, celsius: { type: 'number', minimum: -90 } },
  required: ['sensor', 'celsius'],
};
const LARGE = 50_000;

const MINUTES = `name: minutes
description: How many came, by the minute
from: { topic: visits, time: at, delay: 0s }
aggregate: { window: { tumbling: 1m }, values: { visits: { count: '*' } } }
to: { postgres: minutes, topic: minutes }
checkpoint: 100ms
`;

const isOver = (job: Answer['body']): boolean => ['succeeded', 'failed', 'cancelled'].includes(job.status);

/** Events as they come over the wire. */
async function watch(lab: Lab, path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> {
  const call = get(`${lab.url}${path}`, { headers: { authorization: `Bearer ${await lab.login()}`, ...headers } });
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response.setEncoding('utf8');
}

const eventsIn = (text: string): { id: string; value: Answer['body'] }[] =>
  [...text.matchAll(/^id: (.*)\nevent: message\ndata: (.*)\n\n/gm)].map(([, id, data]) => ({
    id,
    value: JSON.parse(data).value,
  }));

/** Reads until the last of the text is as wished, or it ends. */
async function heard(stream: IncomingMessage, wished: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (wished(text.slice(-400))) break;
  }
  return text;
}

describe('streams', () => {
  let folder: string;
  let lab: Lab;
  let environment: Record<string, string>;

  beforeAll(async () => {
    folder = await aLabFolder();
    environment = { WORKSPACE_DIR: await aWorkspace(folder, { 'streams/minutes.yaml': MINUTES }) };
    lab = await Lab.start(folder, environment);
    await make({ name: 'readings', partitions: 3, schema: SCHEMA });
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  const make = (topic: object): Promise<Answer> => lab.call('POST', '/api/v1/topics', topic);
  const produce = (topic: string, ...messages: object[]): Promise<Answer> =>
    lab.call('POST', `/api/v1/topics/${topic}/messages`, { messages });
  const aReading = (sensor: string, celsius: unknown = 20): object => ({ key: sensor, value: { sensor, celsius } });

  it('take messages, show them, and bring them to bronze', async () => {
    const { status, body } = await produce('readings', aReading('attic', 31.5), aReading('cellar', 12));
    expect([status, body.positions]).toEqual([201, [expect.any(Object), expect.any(Object)]]);
    const [{ partition, offset }] = body.positions;
    const peek = await lab.call('GET', `/api/v1/topics/readings/messages?partition=${partition}&offset=${offset}&limit=1`);
    expect(peek.body.items).toMatchObject([{ key: 'attic', value: { sensor: 'attic', celsius: 31.5 }, headers: {} }]);
    const { rows } = await lab.until('/api/v1/datasets/bronze.readings/preview', ({ rows }) => rows?.length === 2);
    expect(rows).toContainEqual(
      expect.objectContaining({ sensor: 'attic', celsius: 31.5, _key: 'attic', _partition: partition, _offset: offset }),
    );
    await lab.until('/api/v1/topics/readings/lag', ({ group, lag }) => group === 'landing.readings' && lag === 0);
    expect((await lab.call('GET', '/api/v1/topics/readings')).body).toMatchObject({ messages: 2, table: 'bronze.readings' });
  });

  describe('that are declared', () => {
    const MINUTES_AT = '/api/v1/streams/minutes';
    const visit = (minute: number): object => ({ value: { at: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() } });
    const counted = (events: number) => lab.until(MINUTES_AT, (stream) => stream.events === events);

    it('are listed, and say how far they are', async () => {
      await make({ name: 'visits', land: false });
      await produce('visits', visit(0), visit(0), visit(1), { value: 'no event' });
      expect(await counted(4)).toMatchObject({
        ...{ topic: 'visits', operation: 'aggregate', status: 'running', error: null, watermark: '2026-01-01T00:01:00.000Z' },
        ...{ filtered: 0, late: 0, dead_letters: 1, rows: 1 },
        partitions: [{ partition: 0, next_offset: 4, end_offset: 4, lag: 0, newest_event_at: '2026-01-01T00:01:00.000Z' }],
        state: { entries: 1 },
        from: { time: 'at', delay_ms: 0 },
        to: { topic: 'minutes', table: null, postgres: 'streams.minutes', webhook: false, late: 'minutes.late' },
      });
      const { body } = await lab.call('GET', '/api/v1/streams?limit=10');
      expect(body).toMatchObject({
        total: 1,
        items: [{ name: 'minutes', description: 'How many came, by the minute', rows: 1 }],
      });
      expect((await lab.call('GET', '/api/v1/streams?limit=10&offset=1')).body).toMatchObject({ total: 1, items: [] });
      await lab.until('/api/v1/topics/minutes/messages', ({ items }) => items?.[0]?.value.visits === 2);
    });

    it('pause, go on where they were, and begin anew', async () => {
      expect(await lab.call('POST', `${MINUTES_AT}/pause`)).toMatchObject({ status: 200, body: { status: 'paused' } });
      await lab.until('/api/v1/topics/visits/lag?group=stream.minutes', ({ lag }) => lag === 0);
      await produce('visits', visit(2));
      expect((await lab.call('GET', MINUTES_AT)).body).toMatchObject({ status: 'paused', events: 4, partitions: [{ lag: 1 }] });
      expect((await lab.call('POST', `${MINUTES_AT}/resume`)).status).toBe(200);
      expect(await counted(5)).toMatchObject({ status: 'running', rows: 2 });
      const restarted = await lab.call('POST', `${MINUTES_AT}/restart`, { from: 'latest' });
      expect(restarted).toMatchObject({ status: 200, body: { events: 0, rows: 0, watermark: null } });
      await lab.until(MINUTES_AT, ({ status, partitions }) => status === 'running' && partitions[0].next_offset === 5);
      await lab.call('POST', `${MINUTES_AT}/restart`);
      expect(await counted(5)).toMatchObject({ rows: 2, dead_letters: 1 });
    });

    it.each([
      ['GET', '/api/v1/streams/nothing', undefined, '404 STREAM_NOT_FOUND'],
      ['POST', '/api/v1/streams/nothing/pause', undefined, '404 STREAM_NOT_FOUND'],
      ['POST', '/api/v1/streams/nothing/resume', undefined, '404 STREAM_NOT_FOUND'],
      ['POST', '/api/v1/streams/nothing/restart', {}, '404 STREAM_NOT_FOUND'],
      ['GET', '/api/v1/streams/%00', undefined, '404 STREAM_NOT_FOUND'],
      ['GET', '/api/v1/streams?limit=0', undefined, '400 INVALID_INPUT'],
      ['POST', `${MINUTES_AT}/restart`, { from: 'noon' }, '400 INVALID_INPUT'],
    ])('refuse %s %s', async (method, path, body, refusal) => {
      const answer = await lab.call(method, path, body);
      expect(`${answer.status} ${answer.body.code}`).toBe(refusal);
    });

    it('are seen by viewers, and steered by engineers', async () => {
      const password = 'a-long-passphrase';
      const callsAs = async (role: string): Promise<number[]> => {
        await lab.call('POST', '/api/v1/users', { username: `stream-${role}`, password, role });
        const headers = { authorization: `Bearer ${await lab.login(`stream-${role}`, password)}` };
        const calls = ['GET /', 'GET /minutes', 'POST /minutes/pause', 'POST /minutes/resume', 'POST /minutes/restart'];
        const statuses: number[] = [];
        for (const [method, path] of calls.map((call) => call.split(' '))) {
          statuses.push((await lab.request(method, `/api/v1/streams${path.replace(/\/$/, '')}`, undefined, headers)).status);
        }
        return statuses;
      };
      expect(await callsAs('viewer')).toEqual([200, 200, 403, 403, 403]);
      expect(await callsAs('engineer')).toEqual([200, 200, 200, 200, 200]);
      expect((await lab.request('GET', '/api/v1/streams')).status).toBe(401);
    });
  });

  const topic = (overrides: object): object => ({ name: 'other', ...overrides });
  const one = (message: object): object => ({ messages: [message] });
  const TOPICS = '/api/v1/topics';
  const MESSAGES = '/api/v1/topics/readings/messages';
  const deep = `{"messages":[{"value":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}`;
  const many = { messages: Array.from({ length: 10_001 }, () => ({ value: 1 })) };
  it.each<[string, string, string, unknown, string]>([
    ['a name with a space', 'POST', TOPICS, topic({ name: 'a b' }), '400 INVALID_INPUT'],
    ['a name of dead letters', 'POST', TOPICS, topic({ name: 'x.dlq' }), '400 INVALID_INPUT'],
    ['no partition', 'POST', TOPICS, topic({ partitions: 0 }), '400 INVALID_INPUT'],
    ['a million partitions', 'POST', TOPICS, topic({ partitions: 1_000_000 }), '400 INVALID_INPUT'],
    ['retention that has passed', 'POST', TOPICS, topic({ retention_hours: -1 }), '400 INVALID_INPUT'],
    ['a broken schema', 'POST', TOPICS, topic({ schema: { type: 'objekt' } }), '422 SCHEMA_INVALID'],
    ['a name that is taken', 'POST', TOPICS, topic({ name: 'readings' }), '409 TOPIC_EXISTS'],
    ['half a body', 'POST', TOPICS, '{"name":', '400 INVALID_REQUEST'],
    ['fewer partitions', 'PATCH', `${TOPICS}/readings`, { partitions: 1 }, '422 INVALID_TOPIC'],
    ['no schema any more', 'PATCH', `${TOPICS}/readings`, { schema: null }, '409 SCHEMA_NOT_GROWN'],
    ['no message', 'POST', MESSAGES, { messages: [] }, '400 INVALID_INPUT'],
    ['too many messages', 'POST', MESSAGES, many, '400 INVALID_INPUT'],
    ['a message without a value', 'POST', MESSAGES, one({ key: 'k' }), '400 INVALID_INPUT'],
    ['a number that JSON rounds', 'POST', MESSAGES, one({ value: { celsius: 2 ** 60 } }), '400 INVALID_INPUT'],
    ['a key with a NUL', 'POST', MESSAGES, one({ key: 'a\0b', value: {} }), '400 INVALID_INPUT'],
    ['a value that is nested without end', 'POST', MESSAGES, deep, '400 INVALID_INPUT'],
    ['text', 'POST', MESSAGES, 'no json', '400 INVALID_REQUEST'],
    [
      'too large a message',
      'POST',
      MESSAGES,
      one({ value: { sensor: 'a', celsius: 1, text: 'x'.repeat(1_100_000) } }),
      '413 MESSAGE_TOO_LARGE',
    ],
    ['a message for no topic', 'POST', `${TOPICS}/nothing/messages`, one({ value: 1 }), '404 TOPIC_NOT_FOUND'],
    ['a name that nothing can have', 'GET', `${TOPICS}/%00`, undefined, '404 TOPIC_NOT_FOUND'],
    ['a group that nothing can be', 'GET', `${TOPICS}/readings/lag?group=%00`, undefined, '400 INVALID_INPUT'],
    ['an offset of no partition', 'GET', `${MESSAGES}?offset=0`, undefined, '400 INVALID_INPUT'],
    ['a partition of no number', 'GET', `${MESSAGES}?partition=`, undefined, '400 INVALID_INPUT'],
    ['a partition too many', 'GET', `${MESSAGES}?partition=9`, undefined, '404 PARTITION_NOT_FOUND'],
    ['an offset to come', 'GET', `${MESSAGES}?partition=0&offset=99999`, undefined, '409 OFFSET_OUT_OF_RANGE'],
    ['a watcher of nothing', 'GET', `${TOPICS}/nothing/events`, undefined, '404 TOPIC_NOT_FOUND'],
    [
      'a letter that is not there',
      'POST',
      `${TOPICS}/readings/dead-letters/replay`,
      { ids: ['12345'] },
      '404 DEAD_LETTER_NOT_FOUND',
    ],
  ])('refuse %s', async (_what, method, path, body, refusal) => {
    const answer = await lab.call(method, path, body);
    expect(`${answer.status} ${answer.body.code}`).toBe(refusal);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('name each message that does not fit, and keep none of its request', async () => {
    const before = (await lab.call('GET', '/api/v1/topics/readings')).body.messages;
    const { status, body } = await produce('readings', aReading('a'), aReading('b', 'hot'), { value: { celsius: 1 } });
    expect([status, body.code, body.errors]).toEqual([
      422,
      'MESSAGES_REFUSED',
      [
        { path: 'messages.1.value.celsius', message: 'must be number' },
        { path: 'messages.2.value', message: "must have required property 'sensor'" },
      ],
    ]);
    expect((await lab.call('GET', '/api/v1/topics/readings')).body.messages).toBe(before);
  });

  it('are read by viewers, written by engineers, and deleted by admins', async () => {
    const password = 'a-long-passphrase';
    const callsAs = async (role: string): Promise<number[]> => {
      await lab.call('POST', '/api/v1/users', { username: role, password, role });
      const headers = { authorization: `Bearer ${await lab.login(role, password)}` };
      const calls: [string, string, unknown?][] = [
        ['GET', '/api/v1/topics/readings'],
        ['POST', '/api/v1/topics', { name: `of-${role}`, land: false }],
        ['POST', `/api/v1/topics/of-${role}/messages`, { messages: [{ value: 1 }] }],
        ['DELETE', `/api/v1/topics/of-${role}`],
      ];
      const statuses: number[] = [];
      for (const [method, path, body] of calls) statuses.push((await lab.request(method, path, body, headers)).status);
      return statuses;
    };
    expect(await callsAs('viewer')).toEqual([200, 403, 403, 403]);
    expect(await callsAs('engineer')).toEqual([200, 201, 201, 403]);
    expect((await lab.call('DELETE', '/api/v1/topics/of-engineer')).status).toBe(204);
  });

  it('keep what cannot land, and append it again when they are told to', async () => {
    await make({ name: 'poison' });
    await produce('poison', { value: { n: 1 } });
    await lab.until('/api/v1/datasets/bronze.poison/preview', ({ rows }) => rows?.length === 1);
    await produce('poison', { key: 'k', value: { n: 'one' }, headers: { from: 'test' } });
    const { items } = await lab.until('/api/v1/topics/poison/dead-letters', ({ total }) => total === 1);
    expect(items).toMatchObject([
      { status: 'open', failed_by: 'landing', message: { offset: 1, key: 'k', value: { n: 'one' } } },
    ]);

    const replay = await lab.call('POST', '/api/v1/topics/poison/dead-letters/replay', { ids: [items[0].id] });
    const job = await lab.until(replay.body.href, isOver);
    expect(job.error ?? job.result).toEqual({ rows: 1, refused: 0, gone: 0, skipped: false });
    const replayed = await lab.call('GET', '/api/v1/topics/poison/dead-letters?status=replayed');
    expect(replayed.body.items).toMatchObject([{ id: items[0].id, replayed_at: expect.stringMatching(/Z$/) }]);
    const again = await lab.call('GET', '/api/v1/topics/poison/messages?offset=2');
    expect(again.body.items).toMatchObject([{ key: 'k', value: { n: 'one' }, headers: { from: 'test' } }]);
    await lab.until('/api/v1/topics/poison/dead-letters', ({ items: [open] }) => open?.message.offset === 2);
  });

  describe('land, and', () => {
    const path = '/api/v1/topics/landing/landing';
    const post = (step: string, body?: object): Promise<Answer> => lab.call('POST', `${path}/${step}`, body);
    const rowsOf = async (count: number): Promise<number[]> => {
      const wished = ({ rows }: Answer['body']): boolean => rows?.length === count;
      const { rows } = await lab.until('/api/v1/datasets/bronze.landing/preview', wished);
      return rows.map(({ n }: { n: number }) => n).sort();
    };
    beforeAll(async () => {
      await make({ name: 'landing' });
      await make({ name: 'stays', land: false });
    });

    it('say how far they are, pause and go on', async () => {
      await produce('landing', ...[0, 1].map((n) => ({ value: { n }, timestamp: `202${n}-01-01T00:00:00Z` })));
      expect(await rowsOf(2)).toEqual([0, 1]);
      expect(await post('pause')).toMatchObject({ status: 200, body: { status: 'paused', trouble: null } });
      const { body } = await lab.call('GET', path);
      expect(body).toMatchObject({ topic: 'landing', table: 'bronze.landing', status: 'paused' });
      expect(body.partitions).toEqual([{ partition: 0, begin: 0, end: 2, landed: 2, lag: 0 }]);
      await produce('landing', { value: { n: 2 } });
      expect(await post('resume')).toMatchObject({ status: 200, body: { status: 'landing' } });
      expect(await rowsOf(3)).toEqual([0, 1, 2]);
    });

    it('come again from an offset and from a time', async () => {
      const byOffset = await post('replay', { positions: [{ partition: 0, offset: 2 }] });
      expect(byOffset.body).toMatchObject({ rows_removed: 1, partitions: [{ partition: 0, from: 3, to: 2, passed_over: 0 }] });
      await lab.until(path, ({ partitions: [{ lag }] }) => lag === 0);
      const byTime = await post('replay', { time: '2020-06-01T00:00:00Z' });
      expect(byTime.body).toMatchObject({ rows_removed: 2, partitions: [{ from: 3, to: 1 }] });
      await lab.until(path, ({ partitions: [{ lag }] }) => lag === 0);
      expect(await rowsOf(3)).toEqual([0, 1, 2]);
    });

    const at = (offset: unknown, partition: unknown = 0): object => ({ positions: [{ partition, offset }] });
    it.each<[string, string, unknown, string]>([
      ['nothing to go by', 'landing', {}, '400 INVALID_INPUT'],
      ['an offset and a time', 'landing', { ...at(0), time: '2026-01-01T00:00:00Z' }, '400 INVALID_INPUT'],
      ['no position', 'landing', { positions: [] }, '400 INVALID_INPUT'],
      [
        'a partition twice',
        'landing',
        { positions: [...Array(2)].map(() => ({ partition: 0, offset: 0 })) },
        '400 INVALID_INPUT',
      ],
      ['half an offset', 'landing', at(1.5), '400 INVALID_INPUT'],
      ['an offset before the first', 'landing', at(-1), '400 INVALID_INPUT'],
      ['an offset beyond all numbers', 'landing', at(2 ** 60), '400 INVALID_INPUT'],
      ['a time that is none', 'landing', { time: 'yesterday' }, '400 INVALID_INPUT'],
      ['a day that is none', 'landing', { time: '2026-02-30T00:00:00Z' }, '400 INVALID_INPUT'],
      ['a field that nobody knows', 'landing', { ...at(0), fast: true }, '400 INVALID_INPUT'],
      ['half a body', 'landing', '{"time":', '400 INVALID_REQUEST'],
      ['a partition too many', 'landing', at(0, 7), '404 PARTITION_NOT_FOUND'],
      ['an offset to come', 'landing', at(99), '409 OFFSET_OUT_OF_RANGE'],
      ['a topic that stays in the log', 'stays', at(0), '409 TOPIC_DOES_NOT_LAND'],
      ['no topic', 'nothing', at(0), '404 TOPIC_NOT_FOUND'],
    ])('refuse a replay with %s', async (_what, name, body, refusal) => {
      const answer = await lab.call('POST', `/api/v1/topics/${name}/landing/replay`, body);
      expect(`${answer.status} ${answer.body.code}`).toBe(refusal);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    });

    it('do not pause or go on where nothing lands', async () => {
      for (const step of ['pause', 'resume']) {
        expect((await lab.call('POST', `/api/v1/topics/stays/landing/${step}`)).body.code).toBe('TOPIC_DOES_NOT_LAND');
        expect((await lab.call('POST', `/api/v1/topics/nothing/landing/${step}`)).status).toBe(404);
      }
      expect((await lab.call('GET', '/api/v1/topics/stays/landing')).body).toMatchObject({ status: 'off' });
    });
  });

  it('wait for a client that reads slowly, and serve everybody else meanwhile', async () => {
    await make({ name: 'heavy', land: false });
    const text = 'x'.repeat(LARGE);
    for (let n = 0; n < 200; n += 50) {
      await produce('heavy', ...Array.from({ length: 50 }, (_, index) => ({ value: { n: n + index, text } })));
    }
    const slow = await watch(lab, '/api/v1/topics/heavy/events?from=earliest');
    slow.pause();
    const quick = await watch(lab, '/api/v1/topics/heavy/events');
    await produce('heavy', { value: { n: 200 } });
    expect(eventsIn(await heard(quick, (told) => told.includes('"n":200')))).toHaveLength(1);
    const told = eventsIn(await heard(slow, (last) => /"n":200\}.*\n\n$/.test(last)));
    expect(told.map(({ value }) => value.n)).toEqual(Array.from({ length: 201 }, (_, n) => n));
    for (const stream of [slow, quick]) stream.destroy();
  });

  it('end what is watched when the process stops, and go on behind the last event when it is back', async () => {
    await make({ name: 'watched', land: false });
    const path = '/api/v1/topics/watched/events';
    const stream = await watch(lab, path);
    await produce('watched', { value: 1 }, { value: 2 });
    const [first] = eventsIn(await heard(stream, (text) => text.includes('"value":2')));
    const rest = heard(stream, () => false);
    expect(await lab.stop('SIGTERM')).toBe(0);
    await rest;
    expect(stream.complete).toBe(true);

    lab = await Lab.start(folder, environment);
    const again = await watch(lab, path, { 'last-event-id': first.id });
    expect(eventsIn(await heard(again, (text) => text.includes('"value":2'))).map(({ value }) => value)).toEqual([2]);
    again.destroy();
  });
});
