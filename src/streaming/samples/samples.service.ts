import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { StreamLog } from '../../engines/stream/stream.port.js';
import { ProducerService } from '../../ingestion/producer.service.js';
import type { OutgoingMessage } from '../../ingestion/topic.types.js';
import { TopicsService } from '../../ingestion/topics.service.js';
import { Task } from '../../pipelines/task.decorator.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import type { Fault, Sample } from './sample.types.js';
import { sensors } from './sensors.sample.js';
import { serviceLogs } from './service-logs.sample.js';

const SampleOptions = z.strictObject({
  days: z.number().positive().max(60).default(3).meta({ description: 'How far back a topic begins that is empty' }),
});
type SampleOptions = z.output<typeof SampleOptions>;

export interface SampleReport {
  readonly rows: number;
  readonly topic: string;
  /** What was broken on purpose in these days, by this run or an earlier one: what detectors should find. */
  readonly faults: readonly Fault[];
  readonly skipped?: true;
}

const DAY = 86_400_000;
const BATCH = 1_000;

/** Fills the topics of the samples up to now. */
@Injectable()
export class SamplesService {
  constructor(
    private readonly topics: TopicsService,
    private readonly producer: ProducerService,
    @Inject(StreamLog) private readonly log: StreamLog,
  ) {}

  @Task('streaming.sample_sensors', SampleOptions)
  sensors(options: SampleOptions, run: TaskRun): Promise<SampleReport> {
    return this.fill(sensors, options, run);
  }

  @Task('streaming.sample_service_logs', SampleOptions)
  serviceLogs(options: SampleOptions, run: TaskRun): Promise<SampleReport> {
    return this.fill(serviceLogs, options, run);
  }

  /** One partition, so that the last message tells how far an earlier run came. */
  private async fill(sample: Sample, { days }: SampleOptions, run: TaskRun): Promise<SampleReport> {
    const { topic, schema, step } = sample;
    await this.topics.ensure({ name: topic, partitions: 1, schema });
    const end = Date.now();
    const newest = await this.newest(sample);
    const begin = Math.max(Math.ceil((end - days * DAY) / step) * step, newest + 1);
    let rows = 0;
    let batch: OutgoingMessage[] = [];
    const send = async (time: number): Promise<void> => {
      run.signal.throwIfAborted();
      await this.producer.produce(topic, batch);
      rows += batch.length;
      batch = [];
      run.progress((time - begin) / (end - begin), `${rows} messages`);
    };
    for (let time = Math.ceil(begin / step) * step; time <= end; time += step) {
      batch.push(...sample.at(time));
      if (batch.length >= BATCH) await send(time);
    }
    if (batch.length > 0) await send(end);
    return { rows, topic, faults: sample.faults(end - days * DAY, end), ...(rows === 0 && { skipped: true as const }) };
  }

  /** The time of the last message; −∞ in a topic that is empty. */
  private async newest({ topic, time }: Sample): Promise<number> {
    const [{ begin, end }] = await this.log.ranges(topic);
    if (end === begin) return -Infinity;
    const [last] = await this.log.read({ topic, partition: 0, offset: end - 1, limit: 1 });
    const { [time]: at } = JSON.parse(last.value!.toString()) as Record<string, string>;
    return Date.parse(at);
  }
}
