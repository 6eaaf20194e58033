import { setTimeout as sleep } from 'node:timers/promises';
import { StreamLab } from '../../../test/fixtures/streams.js';
import { StreamDefinitions } from '../definition/stream-definitions.js';
import { Deliveries } from '../outputs/deliveries.js';
import { PostgresRows } from '../outputs/postgres-rows.js';
import { StaleStreamError } from '../streaming.errors.js';
import { Checkpoints, type Hold, type NewCheckpoint } from './checkpoints.js';
import type { OutputShape } from './operator.types.js';
import { PendingOutput } from './pending-output.js';
import { StreamLeases } from './stream-leases.js';

const OWNED = `name: owned
from: { topic: readings }
aggregate:
  window: { tumbling: 1m }
  values: { events: { count: '*' } }
to: { topic: minutes, postgres: minutes }
`;
const SHAPE: OutputShape = { columns: [{ name: 'events', type: 'bigint' }] };
const LONG = 60_000;

const aCheckpoint = (version: number, lines: readonly string[]): NewCheckpoint => ({
  ...{ version, fingerprint: 'f', topicId: null, positions: { 0: { next: version } }, watermark: null },
  counters: { events: version, filtered: 0, late: 0, poison: 0, rows: 0 },
  figures: { entries: 0, bytes: 0 },
  ...{ begun: performance.now(), pieces: [Buffer.from(`state ${version}`)], whole: true },
  deliveries: new Map([['topic', lines]]),
});

describe('a stream that two processes have taken, one after the other', () => {
  let lab: StreamLab;
  let first: Hold;
  let second: Hold;
  const checkpoints = () => lab.rooms.module.get(Checkpoints);
  const claim = (owner: string, leaseMs = LONG) => lab.rooms.module.get(StreamLeases).claim(['owned'], owner, leaseMs);

  beforeAll(async () => {
    lab = await StreamLab.open({ owned: OWNED }, { runs: false });
    await lab.topic('minutes', 1);
    await lab.rooms.module.get(StreamLeases).declare(['owned']);
    const stream = lab.rooms.module.get(StreamDefinitions).find('owned');
    await lab.rooms.module.get(PostgresRows).prepare(stream, SHAPE);
    [first] = await claim('first', 1);
    await sleep(10);
    [second] = await claim('second');
  });
  afterAll(() => lab?.close());

  /** With one row in the topic and one in PostgreSQL. */
  const commit = (hold: Hold, version: number): Promise<number> => {
    const stream = lab.rooms.module.get(StreamDefinitions).find('owned');
    const pending = new PendingOutput(SHAPE);
    pending.row({ key: null, time: 0, values: { events: version } });
    const lines = pending.rows.map((row) => JSON.stringify(row));
    return checkpoints().commit(hold, aCheckpoint(version, lines), (to) =>
      lab.rooms.module.get(Deliveries).write(to, stream, SHAPE, pending),
    );
  };
  const deliver = (hold: Hold) =>
    lab.rooms.module.get(Deliveries).deliver(hold, lab.rooms.module.get(StreamDefinitions).find('owned'), SHAPE);

  it('is taken by nobody while the lease of its owner lasts', async () => {
    expect(await claim('third')).toEqual([]);
    expect(Number(second.fence)).toBeGreaterThan(Number(first.fence));
  });

  it('keeps nothing of a checkpoint of the one that was overtaken', async () => {
    await expect(commit(first, 1)).rejects.toThrow(StaleStreamError);
    await expect(checkpoints().load(first)).rejects.toThrow(StaleStreamError);
    expect(await checkpoints().load(second)).toMatchObject({ version: 0, positions: {} });
    const kept = await lab.query(`select 1 from lab.stream_state union all select 1 from lab.stream_deliveries
      union all select 1 from streams.minutes`);
    expect(kept).toEqual([]);
  });

  it('lets nobody but its owner deliver what is kept', async () => {
    await commit(second, 1);
    await expect(deliver(first)).rejects.toThrow(StaleStreamError);
    expect(await lab.messages('minutes')).toEqual([]);
    await deliver(second);
    expect((await lab.messages('minutes')).map(({ headers }) => headers.id)).toEqual(['owned-1-0']);
    await deliver(second);
    expect(await lab.messages('minutes')).toHaveLength(1);
  });

  it('is not held up by an owner that is frozen in the middle of a checkpoint', async () => {
    const expire = (): Promise<unknown> => lab.query(`update lab.streams set lease_until = now() - interval '1 second'`);
    await expire();
    const [frozen] = await claim('frozen');
    await expire();
    const begun = Promise.withResolvers<void>();
    const thawed = Promise.withResolvers<void>();
    const commit = checkpoints().commit(frozen, aCheckpoint(2, []), () => (begun.resolve(), thawed.promise));
    await begun.promise;
    expect(await claim('next')).toEqual([]);
    let taken: Hold[] = [];
    for (const deadline = Date.now() + 10_000; taken.length === 0 && Date.now() < deadline; await sleep(50)) {
      taken = await claim('next');
    }
    thawed.resolve();
    await expect(commit).rejects.toThrow();
    expect(taken).toHaveLength(1);
    expect(await checkpoints().load(taken[0])).toMatchObject({ version: 1 });
    [second] = taken;
  });

  it('takes no version twice, not even from its owner', async () => {
    await expect(commit(second, 1)).rejects.toThrow(StaleStreamError);
    expect(await lab.query('select events from streams.minutes')).toEqual([{ events: '1' }]);
  });
});
