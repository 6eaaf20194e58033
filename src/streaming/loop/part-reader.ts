import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { MessageBatch, Ownership, StoredMessage, Subscription } from '../../engines/stream/stream.port.js';
import { type StreamLog } from '../../engines/stream/stream.port.js';
import { withBackOff } from './back-off.js';
import type { LoopStates } from './loop-states.js';

/** What a batch leaves behind. */
export interface Outcome<State> {
  readonly state: State;
  /** Kept in the transaction of the state. */
  readonly beside?: (transaction: EntityManager) => Promise<void>;
}

export interface PartPlan<State> {
  readonly part: string;
  readonly topic: string;
  readonly schema: z.ZodType<State>;
  readonly initial: State;
  /** Takes messages that no state knows of. What it appends may come twice, what it returns is kept once. */
  readonly take: (messages: readonly StoredMessage[], state: State, owner: Ownership) => Promise<Outcome<State>>;
  /** Messages before the state that are looked at again at each assignment, for what is only in memory. */
  readonly rewind?: number;
  readonly remember?: (messages: readonly StoredMessage[], state: State) => void;
  /** An assignment: what is in memory is void. */
  readonly forget?: () => void;
}

const BATCH = { messages: 2_000, bytes: 4 * 1024 * 1024 };

interface Kept<State> {
  readonly version: number;
  /** The next to read; undefined at the beginning, and in a log of another kind. */
  readonly next: number | undefined;
  readonly state: State;
}

/** A reader of one partition whose offset and state are one row: a kill at any moment leaves both or neither. */
export class PartReader<State> {
  private readonly logger: Logger;
  private readonly stop = new AbortController();
  private subscription: Subscription | undefined;
  private opening: Promise<void> = Promise.resolve();
  private kept: Kept<State> | undefined;
  private owner: Ownership | undefined;

  constructor(
    private readonly log: StreamLog,
    private readonly states: LoopStates,
    private readonly plan: PartPlan<State>,
  ) {
    this.logger = new Logger(`loop ${plan.part}`);
  }

  /** What keeps it from going on. */
  get trouble(): Error | undefined {
    return this.subscription?.trouble;
  }

  /** Whether this process is the one that reads. */
  get isOwner(): boolean {
    return this.owner !== undefined && !this.owner.signal.aborted;
  }

  /** Begins, as soon as the log lets it. */
  open(): void {
    const onFailure = (error: unknown): void => this.logger.warn(`Cannot begin yet: ${String(error)}`);
    this.opening = withBackOff(() => this.subscribe(), { signal: this.stop.signal, onFailure }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.opening;
    await this.subscription?.close();
  }

  /** As it was last kept, by whichever process. */
  async state(): Promise<State> {
    return (await this.load()).state;
  }

  private async subscribe(): Promise<void> {
    const { part, topic } = this.plan;
    this.subscription = await this.log.subscribe({
      group: `loop.${part}`,
      topics: [topic],
      from: 'earliest',
      batch: BATCH,
      startAt: () => this.startAt(),
      onBatch: (batch, owner) => this.take(batch, owner),
      onTrouble: (error) => this.logger.warn(error.message),
    });
  }

  /** Repeats are recognised by their marks: where the offset says nothing, everything is read again. */
  private async startAt(): Promise<number> {
    const { topic, rewind = 0, forget } = this.plan;
    forget?.();
    const kept = await this.load();
    const [{ begin, end }] = await this.log.ranges(topic);
    // A topic that was deleted and made again counts from 0.
    const next = kept.next !== undefined && kept.next <= end ? kept.next : undefined;
    this.kept = { ...kept, next };
    if (next === undefined) return begin;
    if (next < begin) this.logger.warn(`${begin - next} messages of ${topic} went with their retention before they were read`);
    return Math.max(begin, next - rewind);
  }

  private async take({ messages }: MessageBatch, owner: Ownership): Promise<void> {
    this.owner = owner;
    const kept = (this.kept ??= await this.load());
    const isNew = ({ offset }: StoredMessage): boolean => kept.next === undefined || offset >= kept.next;
    this.plan.remember?.(
      messages.filter((message) => !isNew(message)),
      kept.state,
    );
    const news = messages.filter(isNew);
    if (news.length === 0) return;
    const next = news[news.length - 1].offset + 1;
    const { state, beside } = await this.plan.take(news, kept.state, owner);
    const row = { engine: this.log.engine, next, state };
    const version = await this.states.save(this.plan.part, kept.version, row, beside);
    this.kept = { version, next, state };
    await owner.commit(next);
  }

  private async load(): Promise<Kept<State>> {
    const { part, schema, initial } = this.plan;
    const row = await this.states.find(part);
    const Row = z.object({ engine: z.string(), next: z.number(), state: schema });
    const read = Row.safeParse(row?.state);
    if (!read.success) return { version: row?.version ?? 0, next: undefined, state: initial };
    const { engine, next, state } = read.data;
    return { version: row?.version ?? 0, next: engine === this.log.engine ? next : undefined, state };
  }
}
