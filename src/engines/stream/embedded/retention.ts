import { Logger } from '@nestjs/common';
import type { StreamDatabase } from './stream-database.js';

const SWEEP_MS = 60_000;
/** Whoever appends waits for a step of the sweep: it is short. */
const STEP = 1000;

/** Partitions whose oldest batch may go. */
const DUE = {
  name: 'stream-due',
  text: `
    select p.topic as "topicId", p.partition
    from lab.stream_topics t
    join lab.stream_partitions p on p.topic = t.id
    cross join lateral (
      select appended_at, octet_length(records) as bytes from lab.stream_batches b
      where b.topic = p.topic and b.partition = p.partition order by next_offset limit 1
    ) as oldest
    where oldest.appended_at < now() - t.retention_hours * interval '1 hour' or p.bytes - oldest.bytes >= t.retention_bytes`,
};
/**
 * Takes the oldest batches that may go, and no later one before an earlier. A batch is as old as its append: what happened long ago
 * and was told today is kept as long as anything else.
 */
const TRIM = {
  name: 'stream-trim',
  text: `
    with head as materialized (
      select t.retention_hours, t.retention_bytes, p.bytes
      from lab.stream_topics t join lab.stream_partitions p on p.topic = t.id
      where t.id = $1 and p.partition = $2 for no key update of p
    ), oldest as (
      select next_offset, appended_at, octet_length(records) as bytes, sum(octet_length(records)) over (order by next_offset) as gone
      from (
        select next_offset, appended_at, records from lab.stream_batches
        where topic = $1 and partition = $2 order by next_offset limit ${STEP}
      ) as batches
    ), judged as (
      select next_offset, oldest.bytes, bool_and(
        coalesce(appended_at < now() - retention_hours * interval '1 hour', false)
        or coalesce(head.bytes - gone >= retention_bytes, false)) over (order by next_offset) as due
      from oldest, head
    ), taken as (
      delete from lab.stream_batches b using judged
      where judged.due and b.topic = $1 and b.partition = $2 and b.next_offset = judged.next_offset
    ), moved as (
      update lab.stream_partitions p set begin_offset = d.next_offset, bytes = p.bytes - d.bytes
      from (select max(next_offset) as next_offset, sum(bytes) as bytes from judged where due) as d
      where p.topic = $1 and p.partition = $2 and d.next_offset is not null
    )
    select count(*) as batches from judged where due`,
};
/** Of topics that were deleted; they go step by step, after the topic. */
const ORPHANS = {
  name: 'stream-orphans',
  text: `select topic as "topicId", partition from lab.stream_partitions p
         where not exists (select from lab.stream_topics t where t.id = p.topic)`,
};
const CLEAR = {
  name: 'stream-clear',
  text: `
    with taken as (
      delete from lab.stream_batches where topic = $1 and partition = $2 and next_offset in (
        select next_offset from lab.stream_batches where topic = $1 and partition = $2 order by next_offset limit ${STEP})
      returning 1
    )
    select count(*) as batches from taken`,
};
/** Waits for appends that began before the topic was deleted. */
const FORGET = { name: 'stream-forget', text: 'delete from lab.stream_partitions where topic = $1 and partition = $2' };

interface Partition {
  readonly topicId: number;
  readonly partition: number;
}

/** Takes from the log what has been there for long enough, or is too much. Any number of processes may do so at once. */
export class Retention {
  private readonly logger = new Logger('Stream');
  private readonly timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  private sweeping: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly database: StreamDatabase) {}

  /** Once more, after one that is under way. It cannot fail: what it does not get to, the next one does. */
  sweep(): Promise<void> {
    return (this.sweeping = this.sweeping
      .then(() => this.sweepAll())
      .catch((error: unknown) => this.logger.warn(`Old messages could not be removed, trying again later: ${String(error)}`)));
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  private async sweepAll(): Promise<void> {
    if (this.closed) return;
    for (const due of await this.database.query<Partition>(DUE)) await this.repeat(TRIM, due);
    for (const orphan of await this.database.query<Partition>(ORPHANS)) {
      await this.repeat(CLEAR, orphan);
      await this.database.query(FORGET, [orphan.topicId, orphan.partition]);
      await this.repeat(CLEAR, orphan);
    }
  }

  private async repeat(statement: typeof TRIM, { topicId, partition }: Partition): Promise<void> {
    while (!this.closed) {
      const [{ batches }] = await this.database.query<{ batches: number }>(statement, [topicId, partition]);
      if (batches < STEP) return;
    }
  }
}
