import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, IsNull, Not, Repository } from 'typeorm';
import type { PartitionRange } from '../../engines/stream/stream.port.js';
import type { Topic } from '../topic.types.js';
import { type Begins, LandingPlanEntity } from './landing-plan.entity.js';
import { LandingSettings } from './landing-settings.js';

/** A process that died with a trouble takes it along. */
const LOOKS_UNTIL_FORGOTTEN = 4;

/** Which landings pause, and which are in trouble, for all replicas. */
@Injectable()
export class LandingPlans {
  private readonly process = randomUUID();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @InjectRepository(LandingPlanEntity) private readonly plans: Repository<LandingPlanEntity>,
    private readonly settings: LandingSettings,
  ) {}

  async pausedTopics(): Promise<ReadonlySet<string>> {
    const paused = await this.plans.findBy({ paused: true });
    return new Set(paused.map(({ topicId }) => topicId));
  }

  async find(topicId: string): Promise<{ paused: boolean; trouble: string | null }> {
    const plan = await this.plans.findOneBy({ topicId });
    const age = Date.now() - (plan?.troubledAt?.getTime() ?? 0);
    const isFresh = age < LOOKS_UNTIL_FORGOTTEN * this.settings.lookMs;
    return { paused: plan?.paused ?? false, trouble: isFresh ? (plan?.trouble ?? null) : null };
  }

  /** Landing topics of which it is not known where they begin. */
  async unbegun(topics: readonly Topic[]): Promise<Topic[]> {
    const begun = await this.plans.find({ select: { topicId: true }, where: { begins: Not(IsNull()) } });
    const known = new Set(begun.map(({ topicId }) => topicId));
    return topics.filter(({ id }) => !known.has(id));
  }

  /** @returns the first offset of each partition when {@link begin} was first told of them; undefined until then */
  async beginsOf(topicId: string): Promise<Begins | undefined> {
    return (await this.plans.findOneBy({ topicId }))?.begins ?? undefined;
  }

  /** Keeps where a topic begins, unless that is known: from there on nothing may go without having landed. @returns what is kept */
  async begin(topicId: string, ranges: readonly PartitionRange[]): Promise<Begins> {
    const begins = Object.fromEntries(ranges.map(({ partition, begin }) => [partition, begin]));
    const [kept] = await this.database.query<{ begins: Begins }[]>(
      `insert into lab.topic_landings (topic_id, begins) select id, $2::jsonb from lab.topics where id = $1
       on conflict (topic_id) do update set begins = coalesce(topic_landings.begins, $2::jsonb) returning begins`,
      [topicId, JSON.stringify(begins)],
    );
    return kept?.begins ?? begins;
  }

  async pause(topicId: string, paused: boolean): Promise<void> {
    await this.plans.upsert({ topicId, paused }, ['topicId']);
  }

  /** Says again that a topic is in trouble here, or that it is no more. A topic that is gone has none. */
  async report(topicId: string, trouble: Error | undefined): Promise<void> {
    if (!trouble) {
      const own = { topicId, troubledBy: this.process };
      await this.plans.update(own, { trouble: null, troubledBy: null, troubledAt: null });
      return;
    }
    await this.database.query(
      `insert into lab.topic_landings (topic_id, trouble, troubled_by, troubled_at)
       select id, $2, $3, now() from lab.topics where id = $1
       on conflict (topic_id) do update set trouble = $2, troubled_by = $3, troubled_at = now()`,
      [topicId, trouble.message, this.process],
    );
  }
}
