import { Logger } from '@nestjs/common';
import { StaleWriterError } from '../../delta/delta.errors.js';
import { OffsetOutOfRangeError } from '../../engines/stream/stream.errors.js';
import type { MessageSchema, Topic } from '../topic.types.js';
import { type LandingDoors, LandingSession, MovedError } from './landing-session.js';

/** The landing of one topic in this process, until it is closed: a session that fails is followed by another one. */
export class TopicLanding {
  private readonly logger = new Logger(TopicLanding.name);
  private session: LandingSession | undefined;
  private failure: Error | undefined;
  private failures = 0;
  private isClosed = false;
  private retry: NodeJS.Timeout | undefined;
  /** What is being opened or closed: one thing after another. */
  private turn: Promise<void> = Promise.resolve();

  constructor(
    readonly topic: Topic,
    private readonly schema: MessageSchema,
    private readonly doors: LandingDoors,
  ) {
    this.begin();
  }

  /** What keeps messages from landing, as far as this process knows. */
  get trouble(): Error | undefined {
    return this.session?.trouble ?? this.failure;
  }

  /** Goes on from where the table stands, when somebody moved it. */
  async verify(): Promise<void> {
    await this.session?.verify();
  }

  /** Lands what was gathered. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.turn = this.turn.then(() => this.end());
    await this.turn;
  }

  private begin(): void {
    this.turn = this.turn.then(async () => {
      await this.end();
      if (this.isClosed) return;
      const onFailure = (error: Error): void => this.beginAnew(error);
      try {
        this.session = await LandingSession.open(this.topic, this.schema, this.doors, {
          onFailure,
          onTrouble: (error) => this.tell(error),
          onLanded: () => this.recover(),
        });
      } catch (error) {
        this.beginAnew(error as Error);
      }
    });
  }

  private async end(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session
      ?.close()
      .catch((error: unknown) => this.logger.warn(`"${this.topic.name}" was not left in order: ${String(error)}`));
  }

  /** To be overtaken is no trouble: who reads on from what the table says has it right. */
  private beginAnew(error: Error): void {
    if (this.isClosed) return;
    const isMoved = error instanceof MovedError || error instanceof StaleWriterError;
    const { retryMs, mostRetryMs } = this.doors.settings;
    const wait = isMoved ? retryMs : Math.min(retryMs * 2 ** this.failures++, mostRetryMs);
    if (!isMoved) {
      this.failure = error;
      this.logger.warn(`"${this.topic.name}" does not land, and is tried again in ${wait} ms: ${error.message}`);
    }
    this.retry = setTimeout(() => this.begin(), wait);
  }

  /** That the log is away is told by the log itself. */
  private tell(trouble: Error): void {
    if (trouble instanceof OffsetOutOfRangeError) this.logger.error(`"${this.topic.name}" does not land: ${trouble.message}`);
  }

  private recover(): void {
    this.failure = undefined;
    this.failures = 0;
  }
}
