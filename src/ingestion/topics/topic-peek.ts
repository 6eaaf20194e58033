import { Inject, Injectable } from '@nestjs/common';
import { type PartitionRange, type StoredMessage, StreamLog } from '../../engines/stream/stream.port.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { Page } from '../../http/page.schema.js';
import { PartitionNotFoundError } from '../ingestion.errors.js';
import { type Message, messageOf, type PeekQuery } from '../message.schema.js';
import { TopicsService } from '../topics.service.js';

/** Of values in one answer, about. */
const MOST_BYTES = 16 * 1024 * 1024;

/** A look at what a topic holds, which moves no reader. */
@Injectable()
export class TopicPeek {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  /**
   * From an offset on, or else the newest, oldest of them first; fewer than asked for where they are large. `total` counts what
   * the partitions hold.
   * @throws {TopicNotFoundError} @throws {PartitionNotFoundError} @throws {OffsetOutOfRangeError}
   */
  async messages(name: string, { partition, offset, limit }: PeekQuery): Promise<Page<Message>> {
    const ranges = watched(name, await this.rangesOf(name), partition);
    const total = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
    if (offset === undefined) return { items: (await this.newest(name, ranges, limit)).map(messageOf), total };
    if (ranges.length > 1) {
      throw new InvalidInputError([
        { path: ['partition'], message: `is missing: an offset is that of one partition, and "${name}" has ${ranges.length}` },
      ]);
    }
    const request = { topic: name, partition: ranges[0].partition, offset, limit, mostBytes: MOST_BYTES };
    return { items: (await this.log.read(request)).map(messageOf), total };
  }

  async rangesOf(name: string): Promise<PartitionRange[]> {
    await this.topics.find(name);
    return this.log.ranges(name);
  }

  private async newest(topic: string, ranges: readonly PartitionRange[], limit: number): Promise<StoredMessage[]> {
    let newest: StoredMessage[] = [];
    for (const range of ranges) {
      newest = lastOf([...newest, ...(await this.lastOf(topic, range, limit))].sort(byTime), limit);
    }
    return newest;
  }

  private async lastOf(topic: string, { partition, begin, end }: PartitionRange, limit: number): Promise<StoredMessage[]> {
    let last: StoredMessage[] = [];
    for (let offset = Math.max(begin, end - limit); offset < end;) {
      const read = await this.log.read({ topic, partition, offset, limit, mostBytes: MOST_BYTES });
      if (read.length === 0) break;
      last = lastOf([...last, ...read], limit);
      offset = read[read.length - 1].offset + 1;
    }
    return last;
  }
}

/** All partitions, or the one that is asked for. @throws {PartitionNotFoundError} */
export function watched(topic: string, ranges: readonly PartitionRange[], partition?: number): readonly PartitionRange[] {
  if (partition === undefined) return ranges;
  const range = ranges.find((one) => one.partition === partition);
  if (!range) throw new PartitionNotFoundError(topic, partition, ranges.length);
  return [range];
}

const byTime = (a: StoredMessage, b: StoredMessage): number =>
  a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset;

/** The last ones that are few enough, and not too large together; one at least. */
function lastOf(messages: readonly StoredMessage[], limit: number): StoredMessage[] {
  let [from, bytes] = [messages.length, 0];
  while (from > 0 && messages.length - from < limit) {
    bytes += messages[from - 1].value?.length ?? 0;
    if (bytes > MOST_BYTES && from < messages.length) break;
    from--;
  }
  return messages.slice(from);
}
