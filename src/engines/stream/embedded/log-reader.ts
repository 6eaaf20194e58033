import { OffsetOutOfRangeError, TopicNotFoundError } from '../stream.errors.js';
import type { PartitionRange, Position, ReadRequest, StoredMessage } from '../stream.port.js';
import { BATCH_MESSAGES } from './batch-plan.js';
import { readBatch } from './record-batch.js';
import type { StreamDatabase } from './stream-database.js';

/** Batches from an offset on, as many as hold so many messages or bytes, and what range they stand in: one look at all of it. */
const READ = {
  name: 'stream-read',
  text: `
    select p.begin_offset as begin, p.end_offset as end, b.first, b.records
    from lab.stream_topics t
    join lab.stream_partitions p on p.topic = t.id and p.partition = $2
    left join lateral (
      select next_offset - count as first, records
      from (
        select *, sum(octet_length(records)) over (order by next_offset) - octet_length(records) as before
        from (
          select next_offset, count, records from lab.stream_batches
          where topic = t.id and partition = $2 and next_offset > $3::bigint
            and next_offset < $3::bigint + $4::int + ${BATCH_MESSAGES} and next_offset - count < $3::bigint + $4::int
          order by next_offset
        ) as wanted
      ) as counted
      where before < $5::bigint
    ) as b on true
    where t.name = $1
    order by b.first`,
};
const RANGES = {
  name: 'stream-ranges',
  text: `
    select p.partition, p.begin_offset as begin, p.end_offset as end
    from lab.stream_topics t join lab.stream_partitions p on p.topic = t.id
    where t.name = $1 order by p.partition`,
};
/** The first batch of each partition with a message of this time or later. */
const SINCE = {
  name: 'stream-since',
  text: `
    select p.partition, p.begin_offset as begin, p.end_offset as end, b.first, b.records
    from lab.stream_topics t
    join lab.stream_partitions p on p.topic = t.id
    left join lateral (
      select next_offset - count as first, records from lab.stream_batches
      where topic = t.id and partition = p.partition and next_offset > p.begin_offset and newest >= $2::float8
      order by next_offset limit 1
    ) as b on true
    where t.name = $1 order by p.partition`,
};

const MOST_BYTES = 16 * 1024 * 1024;

interface BatchRow {
  readonly begin: number;
  readonly end: number;
  readonly first: number | null;
  readonly records: Buffer | null;
}

export interface Reading {
  readonly messages: StoredMessage[];
  readonly end: number;
}

/** Reads what is committed, by offset or time. */
export class LogReader {
  constructor(private readonly database: StreamDatabase) {}

  /**
   * Whole batches: there may be more messages than were asked for.
   * @throws {TopicNotFoundError} @throws {OffsetOutOfRangeError}
   */
  async read({ topic, partition, offset, limit, mostBytes = MOST_BYTES }: ReadRequest): Promise<Reading> {
    const rows = await this.database.query<BatchRow>(READ, [topic, partition, offset, limit, Math.max(1, mostBytes)]);
    if (rows.length === 0) {
      await this.ranges(topic);
      throw new OffsetOutOfRangeError(topic, partition, offset, { begin: 0, end: 0 });
    }
    const [{ begin, end }] = rows;
    if (offset < begin || offset > end) throw new OffsetOutOfRangeError(topic, partition, offset, { begin, end });
    const messages = rows.flatMap((row) => messagesOf(row, partition));
    const skipped = messages.findIndex((message) => message.offset >= offset);
    return { messages: skipped > 0 ? messages.slice(skipped) : messages, end };
  }

  async ranges(topic: string): Promise<PartitionRange[]> {
    const ranges = await this.database.query<PartitionRange>(RANGES, [topic]);
    if (ranges.length === 0) throw new TopicNotFoundError(topic);
    return ranges;
  }

  async offsetsAt(topic: string, timestamp: number): Promise<Position[]> {
    const rows = await this.database.query<BatchRow & { partition: number }>(SINCE, [topic, timestamp]);
    if (rows.length === 0) throw new TopicNotFoundError(topic);
    return rows.map((row) => {
      const { partition, begin, end } = row;
      const first = messagesOf(row, partition).find((message) => message.offset >= begin && message.timestamp >= timestamp);
      return { partition, offset: first?.offset ?? end };
    });
  }
}

const messagesOf = ({ records, first }: BatchRow, partition: number): StoredMessage[] =>
  records === null || first === null ? [] : readBatch(records, partition, first);

/** As many as are allowed, of those that are there; one at least. */
export function bounded(messages: readonly StoredMessage[], most: { readonly messages: number; readonly bytes: number }): number {
  let bytes = 0;
  const end = messages.findIndex(
    ({ value }, at) => at >= most.messages || ((bytes += value?.length ?? 0) > most.bytes && at > 0),
  );
  return end < 0 ? messages.length : end;
}
