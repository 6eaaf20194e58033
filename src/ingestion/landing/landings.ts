import { Inject, Injectable } from '@nestjs/common';
import { StreamLog } from '../../engines/stream/stream.port.js';
import { EventBus } from '../../events/event-bus.js';
import { RecurringWork } from '../../events/recurring-work.js';
import { DeadLettersService } from '../dead-letters.service.js';
import type { Topic } from '../topic.types.js';
import { TopicsService } from '../topics.service.js';
import { LandedTables } from './landed-tables.js';
import { LandingPlans } from './landing-plans.js';
import type { LandingDoors } from './landing-session.js';
import { LandingSettings } from './landing-settings.js';
import { TopicLanding } from './topic-landing.js';

/** What the landings of a process stand on. */
@Injectable()
export class LandingEquipment implements LandingDoors {
  constructor(
    @Inject(StreamLog) readonly log: StreamLog,
    readonly tables: LandedTables,
    readonly letters: DeadLettersService,
    readonly plans: LandingPlans,
    readonly settings: LandingSettings,
  ) {}
}

/** Keeps a landing for every topic that is to land and does not pause, in each process: the group shares the partitions out. */
@Injectable()
export class Landings extends RecurringWork {
  private readonly running = new Map<string, TopicLanding>();
  private readonly troubled = new Set<string>();
  private readonly unsubscribe: () => void;
  private looking: Promise<void> = Promise.resolve();
  private isClosed = false;
  private isNoting = false;

  constructor(
    private readonly topics: TopicsService,
    private readonly equipment: LandingEquipment,
    @Inject(EventBus) bus: EventBus,
  ) {
    super(equipment.settings.lookMs, 'What is to land was not looked up');
    this.unsubscribe = bus.subscribe('topic.changed', () => this.look());
  }

  /** Those of this process. */
  list(): readonly TopicLanding[] {
    return [...this.running.values()];
  }

  /** Resolves when every landing is as it should be. */
  look(): Promise<void> {
    const mine = this.looking.then(() => this.reconcile());
    this.looking = mine.catch(() => undefined);
    return mine;
  }

  override async onModuleDestroy(): Promise<void> {
    this.isClosed = true;
    this.unsubscribe();
    await super.onModuleDestroy();
    await this.looking;
    await Promise.all(this.list().map((landing) => landing.close()));
    this.running.clear();
  }

  protected override work(): Promise<void> {
    return this.look();
  }

  private async reconcile(): Promise<void> {
    if (this.isClosed) return;
    const { plans } = this.equipment;
    const [topics, paused] = await Promise.all([this.topics.list(), plans.pausedTopics()]);
    const landing = topics.filter(({ land }) => land);
    this.noteBegins(await plans.unbegun(landing));
    const wanted = new Map(landing.filter(({ id }) => !paused.has(id)).map((topic) => [topic.id, topic]));
    await Promise.all([...this.running].map(([id, landing]) => this.keep(id, landing, wanted.get(id))));
    for (const [id, topic] of wanted) if (!this.running.has(id)) this.start(topic);
  }

  /** Also of those that pause: what they lose meanwhile must not be lost without a word. Nobody waits for a log that is away. */
  private noteBegins(topics: readonly Topic[]): void {
    if (this.isNoting || topics.length === 0) return;
    this.isNoting = true;
    const { log, plans } = this.equipment;
    void Promise.allSettled(topics.map(async ({ id, name }) => plans.begin(id, await log.ranges(name)))).finally(() => {
      this.isNoting = false;
    });
  }

  private async keep(id: string, landing: TopicLanding, wanted: Topic | undefined): Promise<void> {
    if (wanted && wanted.changedAt.getTime() === landing.topic.changedAt.getTime()) {
      await landing.verify().catch((error: unknown) => this.logger.warn(`"${wanted.name}" was not compared: ${String(error)}`));
    } else {
      this.running.delete(id);
      await landing.close();
    }
    await this.report(id, wanted && landing.trouble);
  }

  private start(topic: Topic): void {
    this.running.set(topic.id, new TopicLanding(topic, this.topics.schemaOf(topic), this.equipment));
  }

  private async report(id: string, trouble: Error | undefined): Promise<void> {
    if (trouble === undefined && !this.troubled.delete(id)) return;
    if (trouble) this.troubled.add(id);
    await this.equipment.plans.report(id, trouble);
  }
}
