import { Logger } from '@nestjs/common';
import type { StreamDatabase } from './stream-database.js';

const SWEEP_MS = 60_000;
/** Whoever appends waits for a step of the sweep: it is short. */
const STEP = 1000;

/** Partitions whose oldest batch may go, and those of topics that were deleted. */
const DUE = {
  name: 'stream-due',
  text: `
    select p.topic as "topicId", p.partition, t.id is null as orphan
    from lab.stream_partitions p
    left join lab.stream_topics t on t.id = p.topic
    left join lateral (
      select appended_at, octet_length(records) as bytes from lab.stream_batches b
      where b.topic = p.topic and b.partition = p.partition and b.next_offset > p.begin_offset order by next_offset limit 1
    ) as oldest on true
    where t.id is null
      or oldest.appended_at < now() - t.retention_hours * interval '1 hour'
      or p.bytes - oldest.bytes >= t.retention_bytes`,
};
/**
 * Takes the oldest batches that may go, and no later one before an earlier. A batch is as old as its append: what happened long ago
 * and was told today is kept as long as anything else. It never looks in front of the beginning, where only the dead are.
 */
const TRIM = {
  name: 'stream-trim',
  text: `
    with head as materialized (
      select t.id is null as orphan, t.retention_hours, t.retention_bytes, p.begin_offset, p.bytes
      from lab.stream_partitions p left join lab.stream_topics t on t.id = p.topic
      where p.topic = $1 and p.partition = $2 for no key update of p
    ), oldest as (
      select next_offset, appended_at, bytes, sum(bytes) over (order by next_offset) as gone
      from (
        select next_offset, appended_at, octet_length(records) as bytes from lab.stream_batches
        where topic = $1 and partition = $2 and next_offset > (select begin_offset from head)
        order by next_offset limit ${STEP}
      ) as batches
    ), judged as (
      select next_offset, gone, bool_and(
        orphan
        or coalesce(appended_at < now() - retention_hours * interval '1 hour', false)
        or coalesce(head.bytes - gone >= retention_bytes, false)) over (order by next_offset) as due
      from oldest, head
    ), due as materialized (
      select max(next_offset) as next_offset, max(gone) as bytes, count(*) as batches from judged where due
    ), moved as (
      update lab.stream_partitions p set begin_offset = due.next_offset, bytes = p.bytes - due.bytes
      from due where p.topic = $1 and p.partition = $2 and due.batches > 0
    ), taken as (
      delete from lab.stream_batches
      where topic = $1 and partition = $2
        and next_offset > (select begin_offset from head) and next_offset <= (select next_offset from due)
    )
    select batches from due`,
};
/** Waits for appends that began before the topic was deleted. */
const FORGET = { name: 'stream-forget', text: 'delete from lab.stream_partitions where topic = $1 and partition = $2' };
const CLEAR = { name: 'stream-clear', text: 'delete from lab.stream_batches where topic = $1 and partition = $2' };

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
    for (const { orphan, ...due } of await this.database.query<Partition & { orphan: boolean }>(DUE)) {
      await this.trim(due);
      if (orphan) for (const statement of [FORGET, CLEAR]) await this.database.query(statement, [due.topicId, due.partition]);
    }
  }

  private async trim({ topicId, partition }: Partition): Promise<void> {
    while (!this.closed) {
      const [{ batches }] = await this.database.query<{ batches: number }>(TRIM, [topicId, partition]);
      if (batches < STEP) return;
    }
  }
}
