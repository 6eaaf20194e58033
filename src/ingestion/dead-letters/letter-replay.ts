import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { MessageTooLargeError, OffsetOutOfRangeError } from '../../engines/stream/stream.errors.js';
import { type NewMessage, type StoredMessage, StreamLog } from '../../engines/stream/stream.port.js';
import { Task } from '../../pipelines/task.decorator.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { LETTER_HEADER } from '../dead-letters.service.js';
import type { Topic } from '../topic.types.js';
import { TopicsService } from '../topics.service.js';
import type { DeadLetterEntity } from './dead-letter.entity.js';
import { LetterReplayOptions, type LetterReplayReport } from './dead-letter.schema.js';
import { LetterBox } from './letter-box.js';
import { ReplayLedger, type Sending } from './replay-ledger.js';

const BATCH = 100;
const SCAN = 1_000;
/** What a process had sent when it died may still be on its way into the log. */
const ARRIVAL_MS = 3_000;
const SENDING_HEADER = `${LETTER_HEADER}sending`;
const ID_HEADER = `${LETTER_HEADER}letter`;

interface Outgoing {
  readonly letter: DeadLetterEntity;
  readonly message: StoredMessage;
}

/** Sends dead letters into their topic again: each once, also when the process dies on the way. */
@Injectable()
export class LetterReplay {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
    private readonly box: LetterBox,
    private readonly ledger: ReplayLedger,
  ) {}

  /** Those that fit the topic's schema as it is now; the others stay. @throws {TopicNotFoundError} */
  @Task('ingestion.replay', LetterReplayOptions)
  async replay({ topic: name, ids }: LetterReplayOptions, run: TaskRun): Promise<LetterReplayReport> {
    const topic = await this.topics.find(name);
    return this.ledger.alone(topic.id, run.signal, async () => {
      let rows = 0;
      for (const sending of await this.ledger.unfinished(topic.id)) rows += await this.settle(topic, sending);
      const gone = await this.box.forgetGone(topic);
      const upTo = (await this.ledger.newest(topic.id)) ?? '0';
      let refused = 0;
      let letters: DeadLetterEntity[];
      for (let after = '0'; ; after = letters[letters.length - 1].id) {
        run.signal.throwIfAborted();
        letters = await this.ledger.open(topic.id, { after, upTo, ids, most: BATCH });
        if (letters.length === 0) break;
        const sent = await this.sendFitting(topic, letters, run);
        rows += sent;
        refused += letters.length - sent;
      }
      return { rows, refused, gone, skipped: rows + refused + gone === 0 };
    });
  }

  private async sendFitting(topic: Topic, letters: readonly DeadLetterEntity[], run: TaskRun): Promise<number> {
    const schema = this.topics.schemaOf(topic);
    const messages = await this.box.messagesOf(topic, letters);
    const fitting: Outgoing[] = [];
    for (const letter of letters) {
      const message = messages.get(letter.id);
      const flaw = message ? schema.flawOfBytes(message.value) : 'no log has the message any more';
      if (flaw !== undefined) await this.refuse(letter, flaw, run);
      else if (message) fitting.push({ letter, message });
    }
    return fitting.length === 0 ? 0 : this.send(topic, fitting, run);
  }

  /** @returns how many were appended */
  private async send(topic: Topic, batch: readonly Outgoing[], run: TaskRun): Promise<number> {
    const letters = batch.map(({ letter }) => letter);
    const sending = await this.ledger.begin(topic.id, letters, await this.log.ranges(topic.name));
    try {
      await this.log.append(
        topic.name,
        batch.map((outgoing) => messageOf(outgoing, sending, topic)),
      );
    } catch (error) {
      // Of any other failure nobody knows whether it came before the append or after: the next attempt looks.
      if (!(error instanceof MessageTooLargeError)) throw error;
      await this.ledger.end(sending, []);
      if (batch.length === 1) return this.refuse(letters[0], error.message, run);
      let sent = 0;
      for (const outgoing of batch) sent += await this.send(topic, [outgoing], run);
      return sent;
    }
    await this.ledger.end(
      sending,
      letters.map(({ id }) => id),
    );
    return batch.length;
  }

  private async refuse(letter: DeadLetterEntity, reason: string, run: TaskRun): Promise<0> {
    await this.ledger.refuse(letter, reason);
    run.log.warn(`Letter ${letter.id} stays: ${reason}`);
    return 0;
  }

  /** Looks for what was appended before the process died. @returns how many letters were */
  private async settle(topic: Topic, { id, ends, begunAt }: Sending): Promise<number> {
    await sleep(Math.max(0, begunAt.getTime() + ARRIVAL_MS - Date.now()));
    const sent: string[] = [];
    for (const { partition, begin, end } of await this.log.ranges(topic.name)) {
      for await (const { headers } of this.messages(topic.name, partition, Math.max(begin, ends[partition] ?? 0), end)) {
        if (headers[SENDING_HEADER] === id) sent.push(headers[ID_HEADER]);
      }
    }
    await this.ledger.end(id, sent);
    return sent.length;
  }

  private async *messages(topic: string, partition: number, from: number, end: number): AsyncGenerator<StoredMessage> {
    for (let offset = from; offset < end;) {
      const messages = await this.log.read({ topic, partition, offset, limit: SCAN }).catch(unlessPassed);
      if (messages.length === 0) return;
      yield* messages;
      offset = messages[messages.length - 1].offset + 1;
    }
  }
}

function unlessPassed(error: unknown): StoredMessage[] {
  if (error instanceof OffsetOutOfRangeError) return [];
  throw error;
}

/** With the time that it had, unless the topic would drop it at once for that. */
function messageOf({ letter, message }: Outgoing, sending: string, { retentionHours }: Topic): NewMessage {
  const { key, value, headers, timestamp } = message;
  const isKept = retentionHours === null || Date.now() - timestamp < retentionHours * 1_800_000;
  return { key, value, ...(isKept && { timestamp }), headers: { ...headers, [SENDING_HEADER]: sending, [ID_HEADER]: letter.id } };
}
