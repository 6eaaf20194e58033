import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthFacts } from '../../http/health-facts.js';
import { gauge } from '../../telemetry/metrics.js';
import { landingGroup } from '../topic.types.js';
import { TopicsService } from '../topics.service.js';
import { LandingEquipment, Landings } from './landings.js';

interface Lag {
  readonly labels: { readonly group: string; readonly topic: string; readonly partition: string };
  readonly value: number;
}

/** What operators are told of the landings of this process: at `/metrics`, and as `landing` at `/api/v1/health`. */
@Injectable()
export class LandingFigures implements OnModuleInit {
  constructor(
    private readonly topics: TopicsService,
    private readonly landings: Landings,
    private readonly equipment: LandingEquipment,
    private readonly health: HealthFacts,
  ) {}

  onModuleInit(): void {
    this.health.add('landing', () => Promise.resolve(this.describe()));
    gauge(
      {
        name: 'lab_landing_lag_messages',
        help: 'Messages that have yet to land in bronze, at most',
        labels: ['group', 'topic', 'partition'],
      },
      () => this.lags(),
    );
    gauge({ name: 'lab_landing_troubled', help: 'Whether messages of a topic do not land, 1 or 0', labels: ['topic'] }, () =>
      Promise.resolve(
        this.landings.list().map(({ topic, trouble }) => ({ labels: { topic: topic.name }, value: trouble ? 1 : 0 })),
      ),
    );
  }

  /** Also of those that pause. By what the tables have recorded: the log is told later, and not of what a replay takes back. */
  private async lags(): Promise<Lag[]> {
    const { log, tables } = this.equipment;
    const landing = (await this.topics.list()).filter(({ land }) => land);
    const lags = await Promise.allSettled(
      landing.map(async (topic) => {
        const [positionOf, ranges] = await Promise.all([tables.positions(topic), log.ranges(topic.name)]);
        return ranges.map(({ partition, begin, end }) => ({
          labels: { group: landingGroup(topic.name), topic: topic.name, partition: String(partition) },
          value: Math.max(0, end - (positionOf(partition) ?? begin)),
        }));
      }),
    );
    return lags.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  }

  private describe(): Record<string, unknown> {
    const running = this.landings.list();
    const troubled = running.flatMap(({ topic, trouble }) => (trouble ? [{ topic: topic.name, trouble: trouble.message }] : []));
    return { topics: running.length, troubled };
  }
}
