import { GroupBusyError, OffsetOutOfRangeError, TopicNotFoundError } from '../stream.errors.js';
import type { PartitionLag, PartitionRange, Position } from '../stream.port.js';
import type { StreamDatabase } from './stream-database.js';

const LAG = {
  name: 'stream-lag',
  text: `
    select t.name as topic, p.partition, p.begin_offset as begin, p.end_offset as end, c.committed,
           p.end_offset - greatest(p.begin_offset, least(coalesce(c.committed, 0), p.end_offset)) as lag
    from lab.stream_topics t
    join lab.stream_partitions p on p.topic = t.id
    left join lab.stream_claims c on c.group_name = $1 and c.topic = p.topic and c.partition = p.partition
    where case when $2::text[] is null
               then exists (select from lab.stream_claims g where g.group_name = $1 and g.topic = t.id and g.committed is not null)
               else t.name = any ($2::text[]) end
    order by t.name collate "C", p.partition`,
};
const RANGES = {
  name: 'stream-seek-ranges',
  text: `
    select p.partition, p.begin_offset as begin, p.end_offset as end
    from lab.stream_topics t join lab.stream_partitions p on p.topic = t.id where t.name = $1`,
};
/** Under another generation: a member that only seems to be gone can commit no more. No row when the group is read. */
const SEEK = {
  name: 'stream-seek',
  text: `
    insert into lab.stream_claims as c (group_name, topic, partition, committed, generation)
    select $1, t.id, s.partition, s.offset, 1
    from lab.stream_topics t, unnest($3::int[], $4::bigint[]) as s (partition, "offset")
    where t.name = $2 and not exists (
      select from lab.stream_members m where m.group_name = $1 and m.lease_until > now())
    on conflict (group_name, topic, partition) do update
    set committed = excluded.committed, generation = c.generation + 1, owner = null, lease_until = null
    returning partition`,
};

/** Where groups stand. */
export class GroupPositions {
  constructor(private readonly database: StreamDatabase) {}

  lag(group: string, topics?: readonly string[]): Promise<PartitionLag[]> {
    return this.database.query<PartitionLag>(LAG, [group, topics ?? null]);
  }

  async seek(group: string, topic: string, positions: readonly Position[]): Promise<void> {
    const ranges = await this.database.query<PartitionRange>(RANGES, [topic]);
    if (ranges.length === 0) throw new TopicNotFoundError(topic);
    for (const { partition, offset } of positions) {
      const range = ranges.find((one) => one.partition === partition) ?? { begin: 0, end: -1 };
      if (offset < range.begin || offset > range.end) throw new OffsetOutOfRangeError(topic, partition, offset, range);
    }
    const values = [group, topic, positions.map(({ partition }) => partition), positions.map(({ offset }) => offset)];
    const moved = await this.database.query(SEEK, values);
    if (moved.length < positions.length) throw new GroupBusyError(group);
  }
}
