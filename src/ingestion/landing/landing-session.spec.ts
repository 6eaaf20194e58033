import type { Ownership, StoredMessage, StreamLog, SubscriptionPlan } from '../../engines/stream/stream.port.js';
import type { DeadLettersService } from '../dead-letters.service.js';
import type { MessageSchema, Topic } from '../topic.types.js';
import type { LandedTables, Step } from './landed-tables.js';
import type { LandingPlans } from './landing-plans.js';
import { type LandingDoors, LandingSession } from './landing-session.js';
import { LandingSettings } from './landing-settings.js';

const NEVER_MS = 1_000_000;
const TOPIC: Topic = {
  ...{ id: 'id', name: 'orders', partitions: 1, schema: null, schemaVersion: 1, land: true },
  ...{ retentionHours: null, retentionBytes: null, createdAt: new Date(0), changedAt: new Date(0) },
};
const ANYTHING: MessageSchema = { flaw: () => undefined, flawOfBytes: () => undefined };

/** A session over a log that is given messages by hand, and a table that only counts them. */
async function aSession(settings: Partial<LandingSettings>) {
  const commits: number[] = [];
  const log = {} as StreamLog;
  const plans = { beginsOf: async () => ({ 0: 0 }) } as unknown as LandingPlans;
  const tables = {
    find: async () => undefined,
    positions: async () => () => undefined,
    append: async (_: Topic, [{ lines, next }]: readonly Step[]) => {
      commits.push(next);
      return {
        rowsAdded:
          Buffer.concat([...lines])
            .toString()
            .split('\n').length - 1,
      };
    },
  } as unknown as LandedTables;
  let plan: SubscriptionPlan | undefined;
  log.subscribe = async (given) => {
    plan = given;
    return {
      group: given.group,
      trouble: undefined,
      pause: () => undefined,
      resume: () => undefined,
      close: async () => undefined,
    };
  };
  const doors: LandingDoors = { log, tables, letters: {} as DeadLettersService, plans, settings: new LandingSettings(settings) };
  const session = await LandingSession.open(TOPIC, ANYTHING, doors, {
    onLanded: () => undefined,
    onTrouble: () => undefined,
    onFailure: () => undefined,
  });
  await plan!.startAt!('orders', 0);
  const owner: Ownership = {
    ...{ topic: 'orders', partition: 0, generation: '1', signal: new AbortController().signal },
    commit: async () => undefined,
  };
  const deliver = (from: number, to: number, end: number): Promise<void> =>
    plan!.onBatch({ topic: 'orders', partition: 0, end, messages: messages(from, to) }, owner);
  return { session, commits, deliver };
}

const messages = (from: number, to: number): StoredMessage[] =>
  Array.from({ length: to - from }, (_, index) => ({
    ...{ partition: 0, offset: from + index, key: null, headers: {}, timestamp: 0 },
    value: Buffer.from(`{"n":${from + index}}`),
  }));

describe('LandingSession', () => {
  let open: LandingSession | undefined;
  afterEach(async () => open?.close());

  it('commits the last of a backlog at once, however long others would wait', async () => {
    const { session, commits, deliver } = await aSession({ gatherMs: NEVER_MS, steadyMs: NEVER_MS, backlog: 3 });
    open = session;
    await deliver(0, 2, 5);
    expect(commits).toEqual([]);
    await deliver(2, 5, 5);
    expect(commits).toEqual([5]);
  });

  it('lets messages wait that are no backlog, and lands them when it closes', async () => {
    const { session, commits, deliver } = await aSession({ gatherMs: NEVER_MS, steadyMs: NEVER_MS, backlog: 3 });
    open = session;
    await deliver(0, 2, 2);
    expect(commits).toEqual([]);
    await session.close();
    expect(commits).toEqual([2]);
  });
});
