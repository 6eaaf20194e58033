import { MessageTooLargeError } from '../stream.errors.js';
import { MESSAGE_BYTES, type NewMessage, type Position } from '../stream.port.js';
import { encodeBatches, planBatches, type PlannedBatch } from './batch-plan.js';
import { type EncodedMessage, encodeMessage } from './record-batch.js';
import type { StreamDatabase } from './stream-database.js';
import type { TopicCatalogue } from './topic-catalogue.js';

/**
 * Offsets become visible in their order because the head of a partition stays locked until the commit; the heads are locked in the
 * order of their numbers so that no two appends wait for each other. No row comes back when the topic is gone or has grown.
 */
const APPEND = {
  name: 'stream-append',
  text: `
    with rows as (
      select * from unnest($3::int[], $4::int[], $5::int[], $6::int[], $7::float8[]) with ordinality
        as r (partition, count, start, length, newest, place)
    ), heads as materialized (
      select p.partition, p.end_offset
      from lab.stream_topics t join lab.stream_partitions p on p.topic = t.id
      where t.id = $1 and t.partitions = $2 and p.partition = any ($3::int[])
      order by p.partition for no key update of p
    ), moved as (
      update lab.stream_partitions p set end_offset = p.end_offset + s.count, bytes = p.bytes + s.length
      from heads h join (select partition, sum(count) as count, sum(length) as length from rows group by partition) s
        on s.partition = h.partition
      where p.topic = $1 and p.partition = h.partition
    )
    insert into lab.stream_batches (topic, partition, next_offset, count, newest, appended_at, records)
    select $1, r.partition, h.end_offset + sum(r.count) over (partition by r.partition order by r.place), r.count, r.newest,
           clock_timestamp(), substring($8::bytea from r.start + 1 for r.length)
    from rows r join heads h on h.partition = r.partition
    order by r.place
    returning next_offset - count as first`,
};

/** Of one statement, about. */
const WRITE_BYTES = 8 * 1024 * 1024;
const DEADLOCK = '40P01';

interface Waiting {
  readonly messages: readonly EncodedMessage[];
  readonly bytes: number;
  readonly resolve: (positions: Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The appends to one topic: what comes while one is being committed is gathered into the next. */
interface Lane {
  waiting: Waiting[];
  underWay: Promise<void> | undefined;
}

/** Appends messages. One commit at a time goes to a topic: waiting for it costs less than as many commits as there are messages. */
export class Appender {
  private readonly lanes = new Map<string, Lane>();
  private turn = 0;

  /** @param onAppended is told what readers may look at */
  constructor(
    private readonly database: StreamDatabase,
    private readonly topics: TopicCatalogue,
    private readonly onAppended: (topicId: number, partitions: readonly number[]) => void,
  ) {}

  async append(topic: string, messages: readonly NewMessage[]): Promise<Position[]> {
    await this.topics.find(topic);
    const now = Date.now();
    const encoded = messages.map((message) => encodeMessage(message, now));
    const bytes = encoded.reduce((sum, message) => sum + message.bytes, 0);
    const large = encoded.find((message) => message.bytes > MESSAGE_BYTES);
    if (large) throw new MessageTooLargeError(topic, large.bytes, MESSAGE_BYTES);
    if (messages.length === 0) return [];
    return new Promise((resolve, reject) => this.enqueue(topic, { messages: encoded, bytes, resolve, reject }));
  }

  /** Resolves when nothing is being appended. */
  async drain(): Promise<void> {
    while (this.lanes.size > 0) for (const { underWay } of this.lanes.values()) await underWay;
  }

  private enqueue(topic: string, waiting: Waiting): void {
    const lane = this.lanes.get(topic) ?? { waiting: [], underWay: undefined };
    this.lanes.set(topic, lane);
    lane.waiting.push(waiting);
    lane.underWay ??= this.empty(topic, lane);
  }

  private async empty(topic: string, lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      const together = takeTogether(lane);
      try {
        const positions = await this.write(
          topic,
          together.flatMap(({ messages }) => messages),
        );
        let at = 0;
        for (const { messages, resolve } of together) resolve(positions.slice(at, (at += messages.length)));
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    // In the turn that found it empty: who comes in the next one opens another.
    this.lanes.delete(topic);
  }

  private async write(topic: string, messages: readonly EncodedMessage[]): Promise<Position[]> {
    for (;;) {
      const { id, partitions } = await this.topics.find(topic);
      const batches = planBatches(messages, partitions, this.turn);
      const firsts = await this.insert(id, partitions, batches);
      if (firsts.length === 0) {
        this.topics.forget(topic);
        continue;
      }
      this.turn = (this.turn + messages.length) % partitions;
      this.onAppended(id, [...new Set(batches.map(({ partition }) => partition))]);
      return positionsOf(batches, firsts);
    }
  }

  private async insert(topicId: number, partitions: number, batches: readonly PlannedBatch[]): Promise<{ first: number }[]> {
    let start = 0;
    const starts = batches.map(({ bytes }) => (start += bytes) - bytes);
    const values = [
      ...[topicId, partitions, batches.map(({ partition }) => partition), batches.map(({ messages }) => messages.length)],
      ...[starts, batches.map(({ bytes }) => bytes), batches.map(newestOf), encodeBatches(batches)],
    ];
    for (;;) {
      try {
        return await this.database.query<{ first: number }>(APPEND, values);
      } catch (error) {
        if ((error as { code?: string }).code !== DEADLOCK) throw error;
      }
    }
  }
}

const newestOf = ({ messages }: PlannedBatch): number =>
  Math.trunc(messages.reduce((newest, { timestamp }) => Math.max(newest, timestamp), -Infinity));

function takeTogether(lane: Lane): Waiting[] {
  let bytes = 0;
  const end = lane.waiting.findIndex((waiting, at) => (bytes += waiting.bytes) > WRITE_BYTES && at > 0);
  return lane.waiting.splice(0, end < 0 ? lane.waiting.length : end);
}

function positionsOf(batches: readonly PlannedBatch[], firsts: readonly { first: number }[]): Position[] {
  const positions: Position[] = [];
  for (const [row, { partition, places }] of batches.entries()) {
    for (const [at, place] of places.entries()) positions[place] = { partition, offset: firsts[row].first + at };
  }
  return positions;
}
