import { StaleOwnerError } from '../stream.errors.js';
import type { SubscriptionPlan } from '../stream.port.js';
import type { StreamDatabase } from './stream-database.js';

/** A partition in the hands of a member, under a generation that no other assignment has. */
export interface Claim {
  readonly topicId: number;
  readonly topic: string;
  readonly partition: number;
  readonly generation: number;
  /** The next offset to read; null when nobody has committed one. */
  readonly committed: number | null;
}

/** A partition of a topic that the group reads. */
export interface Place {
  readonly topicId: number;
  readonly partition: number;
  readonly end: number;
  /** Under which this member has it; null when it has it not. */
  readonly generation: number | null;
  readonly free: boolean;
}

export interface GroupView {
  /** Who else is alive, and what they read. */
  readonly others: readonly { readonly id: string; readonly topics: readonly string[] }[];
  readonly topics: readonly { readonly id: number; readonly name: string; readonly places: readonly Place[] }[];
}

/** Signs of life of the member and of all it owns, and a view on the rest. It needs no flush: a lease that is lost is taken anew. */
const BEAT = {
  name: 'stream-beat',
  text: `
    with unflushed as materialized (
      select set_config('synchronous_commit', 'off', true), now() + $4::int * interval '1 millisecond' as lease_until
    ), me as (
      insert into lab.stream_members (group_name, id, topics, lease_until)
      select $1, $2::uuid, $3::text[], lease_until from unflushed
      on conflict (group_name, id) do update set lease_until = excluded.lease_until
    ), kept as (
      update lab.stream_claims c set lease_until = unflushed.lease_until from unflushed
      where c.group_name = $1 and c.owner = $2::uuid
      returning c.topic, c.partition, c.generation
    ), gone as (
      delete from lab.stream_members where lease_until < now() - interval '1 minute' and id <> $2::uuid
    )
    select
      (select coalesce(json_agg(json_build_object('id', id, 'topics', topics)), '[]') from lab.stream_members
       where group_name = $1 and id <> $2::uuid and lease_until > now()) as others,
      (select coalesce(json_agg(topic), '[]') from (
        select t.id, t.name, json_agg(json_build_object(
          'topicId', p.topic, 'partition', p.partition, 'end', p.end_offset, 'generation', kept.generation,
          'free', c.owner is null or c.lease_until < now()) order by p.partition) as places
        from lab.stream_topics t
        join lab.stream_partitions p on p.topic = t.id
        left join lab.stream_claims c on c.group_name = $1 and c.topic = p.topic and c.partition = p.partition
        left join kept on kept.topic = p.topic and kept.partition = p.partition
        where t.name = any ($3::text[])
        group by t.id, t.name) as topic) as topics`,
};
const CLAIM = `topic as "topicId", (select name from lab.stream_topics t where t.id = topic) as topic, partition, generation, committed`;
/** A group that begins at the end begins there once: what comes while nobody reads is for whoever reads next. */
const TAKE = {
  name: 'stream-take-claims',
  text: `
    insert into lab.stream_claims as c (group_name, topic, partition, owner, generation, lease_until, committed)
    select $1, p.topic, p.partition, $2::uuid, 1, now() + $5::int * interval '1 millisecond', case when $6 then p.end_offset end
    from unnest($3::int[], $4::int[]) as wanted (topic, partition) join lab.stream_partitions p using (topic, partition)
    order by p.topic, p.partition
    on conflict (group_name, topic, partition) do update
    set owner = excluded.owner, generation = c.generation + 1, lease_until = excluded.lease_until,
        committed = coalesce(c.committed, excluded.committed)
    where c.owner is null or c.lease_until < now()
    returning ${CLAIM}`,
};
const OURS = 'group_name = $1 and owner = $2::uuid and topic = $3 and partition = $4 and generation = $5';
const RETAKE = {
  name: 'stream-retake-claim',
  text: `update lab.stream_claims set generation = generation + 1 where ${OURS} returning ${CLAIM}`,
};
const COMMIT = {
  name: 'stream-commit',
  text: `update lab.stream_claims set committed = $6::bigint where ${OURS} returning true as done`,
};
const RELEASE = {
  name: 'stream-release-claim',
  text: `update lab.stream_claims set owner = null, lease_until = null where ${OURS}`,
};
const LEAVE = {
  name: 'stream-leave',
  text: `
    with me as (delete from lab.stream_members where group_name = $1 and id = $2::uuid)
    update lab.stream_claims set owner = null, lease_until = null where group_name = $1 and owner = $2::uuid`,
};

/** What one member of a group owns, as PostgreSQL has it. */
export class GroupClaims {
  /** @param leaseMs how long a member that says nothing keeps its partitions */
  constructor(
    private readonly database: StreamDatabase,
    private readonly plan: Pick<SubscriptionPlan, 'group' | 'topics' | 'from'>,
    private readonly member: string,
    private readonly leaseMs: number,
  ) {}

  async beat(): Promise<GroupView> {
    const values = [this.plan.group, this.member, this.plan.topics, this.leaseMs];
    const [view] = await this.database.query<GroupView>(BEAT, values);
    return view;
  }

  /** @returns those that were free still */
  take(places: readonly Place[]): Promise<Claim[]> {
    const { group, from } = this.plan;
    const wanted = [places.map(({ topicId }) => topicId), places.map(({ partition }) => partition)];
    return this.database.query<Claim>(TAKE, [group, this.member, ...wanted, this.leaseMs, from === 'latest']);
  }

  /** Begins another generation of what it owns. @returns undefined when it owns it no more */
  async retake(claim: Pick<Claim, 'topicId' | 'partition' | 'generation'>): Promise<Claim | undefined> {
    const [retaken] = await this.database.query<Claim>(RETAKE, this.valuesOf(claim));
    return retaken;
  }

  /** @throws {StaleOwnerError} */
  async commit(claim: Claim, next: number): Promise<void> {
    const done = await this.database.query(COMMIT, [...this.valuesOf(claim), next]);
    if (done.length === 0) throw new StaleOwnerError(this.plan.group, claim.topic, claim.partition);
  }

  async release(claim: Claim): Promise<void> {
    await this.database.query(RELEASE, this.valuesOf(claim));
  }

  /** With all that it owns. */
  async leave(): Promise<void> {
    await this.database.query(LEAVE, [this.plan.group, this.member]);
  }

  private valuesOf({ topicId, partition, generation }: Pick<Claim, 'topicId' | 'partition' | 'generation'>): unknown[] {
    return [this.plan.group, this.member, topicId, partition, generation];
  }
}
