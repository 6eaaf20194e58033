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

const CLAIM = `t.id as "topicId", t.name as topic, c.partition, c.generation, c.committed`;

const PREPARE = {
  name: 'stream-prepare-claims',
  text: `
    insert into lab.stream_claims (group_name, topic, partition)
    select $1, p.topic, p.partition
    from lab.stream_topics t join lab.stream_partitions p on p.topic = t.id
    where t.name = any ($2::text[]) and not exists (
      select from lab.stream_claims c where c.group_name = $1 and c.topic = p.topic and c.partition = p.partition)
    on conflict do nothing`,
};
/** A group that begins at the end begins there once: what comes while nobody reads is for whoever reads next. */
const TAKE = {
  name: 'stream-take-claims',
  text: `
    update lab.stream_claims c
    set owner = $3::uuid, generation = c.generation + 1, lease_until = now() + $4::int * interval '1 millisecond',
        committed = coalesce(c.committed, case when $5 then p.end_offset end)
    from lab.stream_topics t join lab.stream_partitions p on p.topic = t.id
    where c.group_name = $1 and t.name = any ($2::text[]) and c.topic = t.id and c.partition = p.partition
      and (c.owner is null or c.lease_until < now())
    returning ${CLAIM}`,
};
const RENEW = {
  name: 'stream-renew-claims',
  text: `
    update lab.stream_claims c set lease_until = now() + $3::int * interval '1 millisecond'
    from lab.stream_partitions p
    where c.group_name = $1 and c.owner = $2::uuid and p.topic = c.topic and p.partition = c.partition
    returning c.topic as "topicId", c.partition, c.generation, p.end_offset as end`,
};
const RETAKE = {
  name: 'stream-retake-claim',
  text: `
    update lab.stream_claims c set generation = c.generation + 1
    from lab.stream_topics t
    where c.group_name = $1 and c.owner = $2::uuid and c.topic = $3 and c.partition = $4 and c.generation = $5 and t.id = c.topic
    returning ${CLAIM}`,
};
const COMMIT = {
  name: 'stream-commit',
  text: `
    update lab.stream_claims set committed = $6::bigint
    where group_name = $1 and owner = $2::uuid and topic = $3 and partition = $4 and generation = $5
    returning true as done`,
};
const RELEASE = {
  name: 'stream-release-claims',
  text: `update lab.stream_claims set owner = null, lease_until = null where group_name = $1 and owner = $2::uuid`,
};

/** How long a member that says nothing keeps its partitions. */
export const LEASE_MS = 6000;

/** What one member of a group owns, as PostgreSQL has it. */
export class GroupClaims {
  constructor(
    private readonly database: StreamDatabase,
    private readonly plan: Pick<SubscriptionPlan, 'group' | 'topics' | 'from'>,
    private readonly member: string,
  ) {}

  /** @returns what was free */
  async take(): Promise<Claim[]> {
    const { group, topics, from } = this.plan;
    await this.database.query(PREPARE, [group, topics]);
    return this.database.query<Claim>(TAKE, [group, topics, this.member, LEASE_MS, from === 'latest']);
  }

  /** @returns what it still owns, and where that ends */
  renew(): Promise<{ topicId: number; partition: number; generation: number; end: number }[]> {
    return this.database.query(RENEW, [this.plan.group, this.member, LEASE_MS]);
  }

  /** Begins another generation of what it owns. @throws {StaleOwnerError} */
  async retake({ topicId, topic, partition, generation }: Claim): Promise<Claim> {
    const values = [this.plan.group, this.member, topicId, partition, generation];
    const [claim] = await this.database.query<Claim>(RETAKE, values);
    if (!claim) throw new StaleOwnerError(this.plan.group, topic, partition);
    return claim;
  }

  /** @throws {StaleOwnerError} */
  async commit({ topicId, topic, partition, generation }: Claim, next: number): Promise<void> {
    const values = [this.plan.group, this.member, topicId, partition, generation, next];
    const done = await this.database.query(COMMIT, values);
    if (done.length === 0) throw new StaleOwnerError(this.plan.group, topic, partition);
  }

  async release(): Promise<void> {
    await this.database.query(RELEASE, [this.plan.group, this.member]);
  }
}
