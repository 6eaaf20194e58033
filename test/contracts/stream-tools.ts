import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  MessageBatch,
  NewMessage,
  Ownership,
  StoredMessage,
  StreamLog,
  Subscription,
  SubscriptionPlan,
} from '../../src/engines/stream/stream.port.js';

export const aMessage = (overrides: Partial<Omit<NewMessage, 'value'>> & { value?: Buffer | string | null } = {}): NewMessage => {
  const { key = 'key', value = 'value', ...rest } = overrides;
  return { key, value: typeof value === 'string' ? Buffer.from(value) : value, ...rest };
};

export const messagesOf = (count: number, text = (at: number): string => `message ${at}`): NewMessage[] =>
  Array.from({ length: count }, (_, at) => aMessage({ key: `key ${at}`, value: text(at) }));

export const aName = (what = 'topic'): string => `${what}-${randomBytes(6).toString('hex')}`;

export const textOf = ({ value }: Pick<StoredMessage, 'value'>): string => String(value);

/** @throws when it does not come true: the message tells what was waited for */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>, mostMs = 30_000): Promise<void> {
  const deadline = performance.now() + mostMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for this: ${what}`);
    await wait(10);
  }
}

/** Reads with a group, and remembers what came. */
export class GroupReader {
  readonly batches: MessageBatch[] = [];
  readonly owners: Ownership[] = [];
  readonly troubles: Error[] = [];
  /** What to do with a batch before it is remembered. */
  onBatch: (batch: MessageBatch, owner: Ownership) => Promise<void> = async () => undefined;
  subscription!: Subscription;

  static async open(
    log: StreamLog,
    plan: Pick<SubscriptionPlan, 'group' | 'topics'> & Partial<SubscriptionPlan>,
    onBatch?: GroupReader['onBatch'],
  ): Promise<GroupReader> {
    const reader = new GroupReader();
    if (onBatch) reader.onBatch = onBatch;
    reader.subscription = await log.subscribe({
      from: 'earliest',
      onTrouble: (error) => void reader.troubles.push(error),
      onBatch: async (batch, owner) => {
        await reader.onBatch(batch, owner);
        reader.batches.push(batch);
        reader.owners.push(owner);
      },
      ...plan,
    });
    return reader;
  }

  get messages(): StoredMessage[] {
    return this.batches.flatMap(({ messages }) => messages);
  }

  get texts(): string[] {
    return this.messages.map(textOf);
  }
}

export const commitAll = async ({ messages }: MessageBatch, owner: Ownership): Promise<void> =>
  owner.commit(messages[messages.length - 1].offset + 1);
