import type { Ownership, PartitionRange, StoredMessage, SubscriptionPlan } from '../../engines/stream/stream.port.js';
import { StreamFile } from '../definition/stream.schema.js';
import { declarationOf } from '../definition/stream-declaration.js';
import type { NewCheckpoint } from './checkpoints.js';
import { type StreamParts, StreamRun } from './stream-run.js';
import { StreamSettings } from './stream-settings.js';

const STREAM = declarationOf(
  StreamFile.parse({
    name: 'minutes',
    from: { topic: 'readings', time: 'at', delay: '0s' },
    aggregate: { window: { tumbling: '1m' }, values: { events: { count: '*' } } },
    to: { postgres: 'minutes' },
    checkpoint: '1h',
  }),
);
const EMPTY = {
  ...{ version: 0, fingerprint: null, topicId: null, startFrom: null, positions: {}, watermark: null, counters: {}, figures: {} },
};

const aMessage = (partition: number, offset: number, at: string): StoredMessage => ({
  ...{ partition, offset, key: null, headers: {}, timestamp: 0 },
  value: Buffer.from(JSON.stringify({ at })),
});

/** A run whose messages come from the test, without anything around it. */
async function aRun(ranges: () => PartitionRange[]) {
  const kept: NewCheckpoint[] = [];
  let plan!: SubscriptionPlan;
  const parts = {
    settings: new StreamSettings(),
    log: {
      subscribe: (given: SubscriptionPlan) => {
        plan = given;
        return Promise.resolve({ pause: () => undefined, close: () => Promise.resolve() });
      },
    },
    source: { ranges: () => Promise.resolve(ranges()), idOf: () => Promise.resolve(null) },
    checkpoints: {
      load: () => Promise.resolve(EMPTY),
      state: () => [],
      commit: (_hold: unknown, checkpoint: NewCheckpoint) => Promise.resolve(kept.push(checkpoint)),
    },
    deliveries: { prepare: () => Promise.resolve(), packed: () => Promise.resolve(new Map()), deliver: () => Promise.resolve() },
  } as unknown as StreamParts;
  const run = await StreamRun.start(STREAM, { name: 'minutes', fence: '1' }, parts, (error) => {
    throw error;
  });
  const owner = { signal: new AbortController().signal, commit: () => Promise.resolve() } as unknown as Ownership;
  return {
    assign: (partition: number) => plan.startAt!('readings', partition),
    give: (...messages: StoredMessage[]) =>
      plan.onBatch({ topic: 'readings', partition: messages[0].partition, messages, end: 10 }, owner),
    keep: async (): Promise<NewCheckpoint> => {
      await run.stop();
      return kept[0];
    },
  };
}

describe('a stream whose topic is made after it', () => {
  it('waits for every partition, though the first is assigned and read before the others', async () => {
    let ranges: PartitionRange[] = [];
    const { assign, give, keep } = await aRun(() => ranges);
    ranges = [0, 1, 2].map((partition) => ({ partition, begin: 0, end: 10 }));
    expect(await assign(0)).toBe(0);
    await give(aMessage(0, 0, '2026-01-01T12:00:00Z'));
    expect(await assign(1)).toBe(0);
    await give(aMessage(1, 0, '2026-01-01T09:00:00Z'));
    const { counters, positions, watermark } = await keep();
    expect([counters.events, counters.late, watermark]).toEqual([2, 0, null]);
    expect(Object.keys(positions)).toEqual(['0', '1', '2']);
  });

  it('reads each partition from the first message that is there', async () => {
    let ranges: PartitionRange[] = [];
    const { assign, keep } = await aRun(() => ranges);
    ranges = [{ partition: 0, begin: 4, end: 10 }];
    expect(await assign(0)).toBe(4);
    await keep();
  });
});
