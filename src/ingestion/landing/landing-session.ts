import type { MessageBatch, Ownership, StreamLog, Subscription } from '../../engines/stream/stream.port.js';
import type { DeadLettersService } from '../dead-letters.service.js';
import { landingGroup, type MessageSchema, type Topic } from '../topic.types.js';
import type { LandedTables, PlaceOfMisfit } from './landed-tables.js';
import { countLanded } from './landing-metrics.js';
import type { LandingPlans } from './landing-plans.js';
import type { LandingSettings } from './landing-settings.js';
import { type Letter, MicroBatch, type Share } from './micro-batch.js';
import { Pace } from './pace.js';
import { LandedColumns } from './rows/landed-columns.js';
import { Flaw, MessageRows } from './rows/message-rows.js';

/** What carries messages from a topic to its table. */
export interface LandingDoors {
  readonly log: StreamLog;
  readonly tables: LandedTables;
  readonly letters: DeadLettersService;
  readonly plans: LandingPlans;
  readonly settings: LandingSettings;
}

/** What is told of a session. */
export interface SessionEvents {
  /** Messages have landed. */
  readonly onLanded: () => void;
  /** What the log says that keeps it from going on, each once. */
  readonly onTrouble: (error: Error) => void;
  /** Once: it cannot go on. It is to be closed then, and another one opened. */
  readonly onFailure: (error: Error) => void;
}

/** The table was changed behind a reader that waits for messages, as a replay does. */
export class MovedError extends Error {}

/**
 * One membership of a topic's group. Where a partition stands is recorded in the table alone, in the commit that brings its rows:
 * the log's own offsets only tell others how far it is. The first failure ends the session, and what it gathered is void.
 */
export class LandingSession {
  private subscription!: Subscription;
  private gathered = new MicroBatch();
  /** The next offset to gather, of each partition that was assigned; null while nothing of it has landed. */
  private readonly positions = new Map<number, number | null>();
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly pace: Pace;
  private commits = 0;
  private failure: Error | undefined;
  private readonly rows: MessageRows;

  private constructor(
    private readonly topic: Topic,
    private readonly columns: LandedColumns,
    schema: MessageSchema | null,
    private readonly doors: LandingDoors,
    private readonly events: SessionEvents,
  ) {
    this.rows = new MessageRows(schema, columns);
    this.pace = new Pace(doors.settings);
  }

  static async open(topic: Topic, schema: MessageSchema, doors: LandingDoors, events: SessionEvents): Promise<LandingSession> {
    const table = await doors.tables.find(topic);
    const columns = new LandedColumns(table?.columns ?? [], topic.schema);
    const session = new LandingSession(topic, columns, topic.schema && schema, doors, events);
    await session.subscribe();
    return session;
  }

  /** What the log says that keeps it from going on; it tries again by itself. */
  get trouble(): Error | undefined {
    return this.subscription.trouble;
  }

  /** Lands what was gathered, unless it has failed, and gives the partitions back. */
  async close(): Promise<void> {
    this.subscription.pause();
    clearTimeout(this.timer);
    while (!this.failure && !this.gathered.isEmpty) await this.write();
    this.failure ??= new Error('The landing was closed.');
    await this.subscription.close();
    clearTimeout(this.timer);
    await this.writing;
  }

  /**
   * Notices a replay while no message comes. Where the table is further on than this session knows, there is nothing to do: another
   * member may have the partition by now, and if not, the next commit is refused.
   */
  async verify(): Promise<void> {
    const { commits } = this;
    const positionOf = await this.doors.tables.positions(this.topic);
    const isQuiet = !this.failure && !this.writing && this.gathered.isEmpty && commits === this.commits;
    if (!isQuiet) return;
    const isMovedBack = [...this.positions].some(([partition, position]) => (positionOf(partition) ?? -1) < (position ?? -1));
    if (isMovedBack) this.fail(new MovedError('The table was moved back to earlier offsets.'));
  }

  private async subscribe(): Promise<void> {
    const { log, settings } = this.doors;
    this.subscription = await log.subscribe({
      group: landingGroup(this.topic.name),
      topics: [this.topic.name],
      from: 'earliest',
      startAt: (_, partition) => this.startAt(partition),
      batch: { bytes: settings.readBytes, messages: settings.readMessages },
      onBatch: (batch, owner) => this.take(batch, owner),
      onTrouble: (error) => this.events.onTrouble(error),
    });
  }

  private async startAt(partition: number): Promise<number> {
    this.gathered.drop(partition);
    this.positions.delete(partition);
    await this.writing;
    const recorded = (await this.doors.tables.positions(this.topic))(partition);
    this.positions.set(partition, recorded ?? null);
    return recorded ?? this.beginOf(partition);
  }

  /** Not where the topic begins by now: what retention took since landing was to begin would be skipped without a word. */
  private async beginOf(partition: number): Promise<number> {
    const { log, plans } = this.doors;
    const { id, name } = this.topic;
    const begins = (await plans.beginsOf(id)) ?? (await plans.begin(id, await log.ranges(name)));
    return begins[partition] ?? 0;
  }

  private async take(batch: MessageBatch, owner: Ownership): Promise<void> {
    while (this.isFull && !this.failure) await this.write();
    if (this.failure) throw this.failure;
    const position = this.positions.get(batch.partition);
    if (owner.signal.aborted || position === undefined || batch.messages.length === 0) return;
    const share = this.gathered.shareOf(owner, position);
    this.gather(share, batch, position ?? 0);
    this.positions.set(batch.partition, share.next);
    this.pace.gathered(owner, Math.max(0, batch.end - share.next));
    this.proceed();
  }

  /** The lines of a batch are made in one piece: to encode them one by one takes longer than all the rest. */
  private gather(share: Share, { messages }: MessageBatch, position: number): void {
    let lines = '';
    let rows = 0;
    for (const message of messages) {
      if (message.offset < position) continue;
      const line = this.rows.line(message);
      if (line instanceof Flaw) this.gathered.addLetter(share, { message, reason: line.reason });
      else {
        lines += line;
        rows++;
      }
      share.next = message.offset + 1;
    }
    if (rows > 0) this.gathered.add(share, lines, rows);
  }

  private get isFull(): boolean {
    return this.gathered.bytes >= this.doors.settings.bytes || this.gathered.rows >= this.doors.settings.rows;
  }

  private proceed(): void {
    if (this.isFull || this.pace.hasCaughtUp) void this.write();
    else this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.pace.timedOut();
      void this.write();
    }, this.pace.wait(performance.now()));
  }

  /** One after the other; resolves when the one under way is done. */
  private write(): Promise<void> {
    this.writing ??= this.writeGathered().finally(() => {
      this.writing = undefined;
      if (!this.failure && !this.gathered.isEmpty) this.proceed();
    });
    return this.writing;
  }

  private async writeGathered(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.gathered;
    this.gathered = new MicroBatch();
    this.pace.begun();
    const shares = [...batch.owned()];
    if (shares.length === 0) return;
    try {
      await this.land(shares);
      await Promise.all(shares.map((share) => this.tellLog(share)));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private async land(shares: readonly Share[]): Promise<void> {
    await this.putLetters(shares.flatMap(({ letters }) => letters));
    const onMisfits = async (misfits: readonly PlaceOfMisfit[]): Promise<void> => this.putLetters(await this.lettersOf(misfits));
    const { rowsAdded } = await this.doors.tables.append(this.topic, shares, this.columns.list(), onMisfits);
    this.commits++;
    this.pace.committed(performance.now());
    countLanded(this.topic.name, { rows: rowsAdded });
    this.events.onLanded();
  }

  private async putLetters(letters: readonly Letter[]): Promise<void> {
    if (letters.length === 0) return;
    await this.doors.letters.put(
      this.topic.name,
      letters.map((letter) => ({ ...letter, by: 'landing' })),
    );
    countLanded(this.topic.name, { letters: letters.length });
  }

  private async lettersOf(misfits: readonly PlaceOfMisfit[]): Promise<Letter[]> {
    const letters: Letter[] = [];
    for (const { partition, offset } of misfits) {
      const [message] = await this.doors.log.read({ topic: this.topic.name, partition, offset, limit: 1 });
      if (message) letters.push({ message, reason: 'a value of it does not fit its column, or two of its fields have one name' });
    }
    return letters;
  }

  /** Where it stands is in the table: the log may know it later, or never. */
  private async tellLog({ owner, next }: Share): Promise<void> {
    await owner.commit(next).catch(() => undefined);
  }

  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    clearTimeout(this.timer);
    this.events.onFailure(error);
  }
}
