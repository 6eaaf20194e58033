import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { MessageTooLargeError, TopicNotFoundError } from '../engines/stream/stream.errors.js';
import { type NewMessage, type Position, type StoredMessage, StreamLog } from '../engines/stream/stream.port.js';
import { deadLettersOf, type Topic } from './topic.types.js';
import { TopicsService } from './topics.service.js';

export interface DeadLetter {
  readonly message: StoredMessage;
  readonly reason: string;
  /** Who could not take it: `landing`, `stream:<name>`. */
  readonly by: string;
}

/** As long as somebody may need who comes back from a holiday. */
const KEPT_HOURS = 720;
const LONGEST_REASON = 2_000;

/** What could not be taken is kept beside its topic, in `<topic>.dlq`, with where it was and why. */
@Injectable()
export class DeadLettersService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  /**
   * Resolves when they are durable: who put them may commit. A message is one letter, whoever puts it and however often.
   * @throws {TopicNotFoundError}
   */
  async put(topic: string, letters: readonly DeadLetter[]): Promise<void> {
    const owner = await this.topics.find(topic);
    const fresh = await this.withoutKnown(owner, letters);
    if (fresh.length === 0) return;
    const messages = fresh.map((letter) => messageOf(topic, letter));
    const kept = await this.appendAll(deadLettersOf(topic), messages);
    await this.database.query(
      `insert into lab.dead_letters (topic_id, partition, "offset", timestamp_ms, reason, failed_by, letter_offset, cut)
       select $1, * from unnest($2::int[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::boolean[])
       on conflict do nothing`,
      [
        owner.id,
        ...[fresh.map(({ message }) => message.partition), fresh.map(({ message }) => message.offset)],
        ...[fresh.map(({ message }) => message.timestamp), fresh.map(({ reason }) => sayable(reason))],
        ...[fresh.map(({ by }) => by), kept.map(({ offset }) => offset), kept.map(({ cut }) => cut)],
      ],
    );
  }

  private async withoutKnown({ id }: Topic, letters: readonly DeadLetter[]): Promise<DeadLetter[]> {
    const partitions = letters.map(({ message }) => message.partition);
    const offsets = letters.map(({ message }) => message.offset);
    const known = await this.database.query<{ place: string }[]>(
      `select d.partition || ':' || d."offset" as place from lab.dead_letters d
       join unnest($2::int[], $3::bigint[]) as asked (partition, "offset") using (partition, "offset") where d.topic_id = $1`,
      [id, partitions, offsets],
    );
    const places = new Set(known.map(({ place }) => place));
    return letters.filter(({ message }) => !places.has(`${message.partition}:${message.offset}`));
  }

  private async appendAll(topic: string, messages: readonly NewMessage[]): Promise<{ offset: number; cut: boolean }[]> {
    try {
      return (await this.append(topic, messages)).map(({ offset }) => ({ offset, cut: false }));
    } catch (error) {
      if (!(error instanceof MessageTooLargeError)) throw error;
    }
    const kept: { offset: number; cut: boolean }[] = [];
    for (const message of messages) kept.push(await this.appendOrCut(topic, message));
    return kept;
  }

  /** What says why it failed may make it larger than a message may be. */
  private async appendOrCut(topic: string, message: NewMessage): Promise<{ offset: number; cut: boolean }> {
    try {
      const [{ offset }] = await this.append(topic, [message]);
      return { offset, cut: false };
    } catch (error) {
      if (!(error instanceof MessageTooLargeError)) throw error;
      const [{ offset }] = await this.append(topic, [withoutValue(message)]);
      return { offset, cut: true };
    }
  }

  private async append(topic: string, messages: readonly NewMessage[]): Promise<Position[]> {
    try {
      return await this.log.append(topic, messages);
    } catch (error) {
      if (!(error instanceof TopicNotFoundError)) throw error;
      await this.log.ensureTopic({ name: topic, partitions: 1, hours: KEPT_HOURS });
      return this.log.append(topic, messages);
    }
  }
}

/** Its time is that of the letter, which decides how long it is kept. */
function messageOf(topic: string, { message, reason, by }: DeadLetter): NewMessage {
  const { key, value, headers, partition, offset, timestamp } = message;
  const origin = { topic, partition, offset, timestamp, reason: sayable(reason), by };
  const told = Object.entries(origin).map(([name, fact]) => [`${LETTER_HEADER}${name}`, String(fact)]);
  return { key, value, headers: { ...headers, ...Object.fromEntries(told) } };
}

/** Before the names of headers that only a letter has. */
export const LETTER_HEADER = 'dlq.';

const withoutValue = ({ headers = {} }: NewMessage): NewMessage => ({
  key: null,
  value: null,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(LETTER_HEADER))),
});

/** PostgreSQL's text has no room for the character NUL. */
const sayable = (reason: string): string => reason.slice(0, LONGEST_REASON).toWellFormed().replaceAll('\0', '\uFFFD');
