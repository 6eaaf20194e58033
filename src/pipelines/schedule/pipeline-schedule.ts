import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { InjectRepository } from '@nestjs/typeorm';
import { CronJob, CronTime } from 'cron';
import type { Repository } from 'typeorm';
import type { Pipeline } from '../definition/pipeline.schema.js';
import { PipelineDefinitions } from '../definition/pipeline-definitions.js';
import { RunHistory } from '../history/run-history.js';
import { PipelinesService } from '../pipelines.service.js';
import { PipelineEntity } from './pipeline.entity.js';

/** A timer may be early by a moment; the time that it meant is the one that counts. */
const EARLY_MS = 500;
/** How far back the newest time is looked for, step by step: a schedule of seconds has it near, one of years far. */
const WINDOWS_MS = [1, 60, 3_600, 86_400, 31 * 86_400, 366 * 86_400, 8 * 366 * 86_400].map((seconds) => seconds * 1_000);

/** Lets pipelines run by themselves: at their times, and at start-up as long as they have never succeeded. */
@Injectable()
export class PipelineSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(PipelineSchedule.name);

  constructor(
    private readonly definitions: PipelineDefinitions,
    private readonly pipelines: PipelinesService,
    private readonly history: RunHistory,
    private readonly registry: SchedulerRegistry,
    @InjectRepository(PipelineEntity) private readonly switches: Repository<PipelineEntity>,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const disabled = await this.disabled();
    for (const pipeline of this.definitions.all()) {
      if (pipeline.schedule !== undefined) this.follow(pipeline, pipeline.schedule);
      if (pipeline.missed === 'run_once') await this.catchUp(pipeline);
      if (pipeline.start === 'when_empty' && !disabled.has(pipeline.name)) await this.pipelines.triggerWhenEmpty(pipeline.name);
    }
  }

  async onModuleDestroy(): Promise<void> {
    const jobs = [...this.registry.getCronJobs()].filter(([key]) => key.startsWith('pipeline '));
    await Promise.all(jobs.map(async ([, job]) => job.stop()));
    for (const [key] of jobs) this.registry.deleteCronJob(key);
  }

  /** Names of the pipelines that do not run by themselves. */
  async disabled(): Promise<Set<string>> {
    const rows = await this.switches.findBy({ enabled: false });
    return new Set(rows.map(({ name }) => name));
  }

  /** Takes effect in every process from the next scheduled time on. @throws {PipelineNotFoundError} */
  async setEnabled(name: string, enabled: boolean): Promise<void> {
    this.definitions.find(name);
    await this.switches.upsert({ name, enabled, changedAt: new Date() }, ['name']);
  }

  private follow({ name, schedule, time_zone: timeZone }: Pipeline, cronTime: string): void {
    let previous = new Date();
    const onTick = async (): Promise<void> => {
      const at = lastTimeOf({ schedule, time_zone: timeZone }, previous);
      if (!at) return;
      previous = at;
      await this.fire(name, at);
    };
    const errorHandler = (error: unknown): void =>
      this.logger.error(`The scheduled run of "${name}" was not made: ${String(error)}`);
    const job = CronJob.from({ name, cronTime, timeZone, onTick, errorHandler, waitForCompletion: true, start: true });
    this.registry.addCronJob(`pipeline ${name}`, job);
  }

  /** Makes the newest run that the schedule asked for while no process was there. A pipeline that never ran missed nothing. */
  private async catchUp(pipeline: Pipeline): Promise<void> {
    const previous = await this.history.lastScheduledAt(pipeline.name);
    const missed = previous && lastTimeOf(pipeline, previous);
    if (missed) await this.fire(pipeline.name, missed);
  }

  private async fire(name: string, at: Date): Promise<void> {
    if ((await this.disabled()).has(name)) return;
    const run = await this.pipelines.triggerAt(name, at);
    if (run?.status === 'skipped') {
      this.logger.warn(`The run of "${name}" for ${at.toISOString()} is skipped: the one before it is not over.`);
    }
  }
}

type Scheduled = Pick<Pipeline, 'schedule' | 'time_zone'>;

/** @returns the first time of the schedule after a moment; undefined when there is no schedule */
export function nextTimeOf({ schedule, time_zone }: Scheduled, after: Date): Date | undefined {
  return schedule === undefined ? undefined : new CronTime(schedule, time_zone).getNextDateFrom(after, time_zone).toJSDate();
}

/**
 * The time that a timer meant which fires now: the newest of the schedule up to now. Every process comes to the same one,
 * however late its timer is. @returns undefined when there was none since `previous`
 */
export function lastTimeOf(scheduled: Scheduled, previous: Date, now = new Date()): Date | undefined {
  const until = now.getTime() + EARLY_MS;
  for (const window of WINDOWS_MS) {
    const from = Math.max(previous.getTime(), until - window);
    const last = lastWithin(scheduled, from, until);
    if (last || from === previous.getTime()) return last;
  }
  return undefined;
}

function lastWithin(scheduled: Scheduled, from: number, until: number): Date | undefined {
  let last: Date | undefined;
  let next = nextTimeOf(scheduled, new Date(from));
  while (next && next.getTime() <= until) {
    last = next;
    next = nextTimeOf(scheduled, next);
  }
  return last;
}
