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

/** Of a pipeline that runs for each time that it missed; those before are let go. */
export const MOST_MADE_UP_FOR = 100;

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
      if (pipeline.schedule !== undefined) this.follow(pipeline, pipeline.schedule, await this.catchUp(pipeline));
      if (pipeline.start === 'when_empty' && !disabled.has(pipeline.name)) await this.pipelines.triggerWhenEmpty(pipeline.name);
    }
  }

  async onModuleDestroy(): Promise<void> {
    const jobs = [...this.registry.getCronJobs()].filter(([key]) => key.startsWith('pipeline '));
    await Promise.all(jobs.map(async ([, job]) => job.stop()));
    for (const [key] of jobs) this.registry.deleteCronJob(key);
  }

  /** Names of the pipelines that do not run by themselves: what somebody switched counts more than what the file says. */
  async disabled(): Promise<Set<string>> {
    const switched = new Map((await this.switches.find()).map(({ name, enabled }) => [name, enabled]));
    const off = this.definitions.all().filter(({ name, enabled }) => !(switched.get(name) ?? enabled));
    return new Set(off.map(({ name }) => name));
  }

  /** Takes effect in every process from the next scheduled time on. @throws {PipelineNotFoundError} */
  async setEnabled(name: string, enabled: boolean): Promise<void> {
    this.definitions.find(name);
    await this.switches.upsert({ name, enabled, changedAt: new Date() }, ['name']);
  }

  /** @param since the times up to here were seen to */
  private follow(pipeline: Pipeline, cronTime: string, since: Date): void {
    const { name, time_zone: timeZone } = pipeline;
    let previous = since;
    const onTick = async (): Promise<void> => {
      for (const at of timesToRun(pipeline, previous)) {
        await this.fire(pipeline, at);
        previous = at;
      }
    };
    const errorHandler = (error: unknown): void =>
      this.logger.error(`The scheduled run of "${name}" was not made: ${String(error)}`);
    const job = CronJob.from({ name, cronTime, timeZone, onTick, errorHandler, waitForCompletion: true, start: true });
    this.registry.addCronJob(`pipeline ${name}`, job);
  }

  /**
   * Makes the runs that the schedule asked for while no process was there. A pipeline that never ran missed nothing, and what
   * comes while one is switched off is not missed.
   * @returns up to when
   */
  private async catchUp(pipeline: Pipeline): Promise<Date> {
    const now = new Date();
    if (pipeline.missed === 'skip') return now;
    const seen = await this.history.lastScheduledAt(pipeline.name);
    if (!seen) return now;
    const switched = await this.switches.findOneBy({ name: pipeline.name });
    if (!(switched?.enabled ?? pipeline.enabled)) return now;
    const since = switched && switched.changedAt > seen ? switched.changedAt : seen;
    const times = timesToRun(pipeline, since, now);
    if (times.length > 0) this.logger.log(`"${pipeline.name}" missed its time: makes up for ${times.length}`);
    // The oldest first: who dies in between goes on from the newest that was made.
    for (const at of times) await this.fire(pipeline, at);
    return times.at(-1) ?? now;
  }

  private async fire({ name, missed }: Pipeline, at: Date): Promise<void> {
    if ((await this.disabled()).has(name)) return;
    const run = await this.pipelines.triggerAt(name, at, missed === 'run_all' ? 'waits' : 'is_skipped');
    if (run?.status === 'skipped') {
      this.logger.warn(`The run of "${name}" for ${at.toISOString()} is skipped: those before it are not over.`);
    }
  }
}

type Scheduled = Pick<Pipeline, 'schedule' | 'time_zone'>;

/** @returns the first time of the schedule after a moment; undefined when there is no schedule */
export function nextTimeOf({ schedule, time_zone }: Scheduled, after: Date): Date | undefined {
  return schedule === undefined ? undefined : new CronTime(schedule, time_zone).getNextDateFrom(after, time_zone).toJSDate();
}

/** Of the times since a moment those that get a run, oldest first: each, or only the newest, as the pipeline says. */
function timesToRun(pipeline: Pipeline, since: Date, now = new Date()): Date[] {
  return lastTimesOf(pipeline, { since, until: now, most: pipeline.missed === 'run_all' ? MOST_MADE_UP_FOR : 1 });
}

interface Span {
  /** This moment itself is not in it. */
  readonly since: Date;
  readonly until: Date;
  readonly most: number;
}

/**
 * The newest times of a schedule, oldest first. Every process comes to the same ones, however late or early (by a moment) its
 * timer is.
 */
export function lastTimesOf(scheduled: Scheduled, { since, until, most }: Span): Date[] {
  const end = until.getTime() + EARLY_MS;
  let times: Date[] = [];
  for (const window of WINDOWS_MS) {
    const from = Math.max(since.getTime(), end - window);
    times = timesWithin(scheduled, from, end);
    if (times.length >= most || from === since.getTime()) break;
  }
  return times.slice(-most);
}

function timesWithin(scheduled: Scheduled, from: number, until: number): Date[] {
  const times: Date[] = [];
  let next = nextTimeOf(scheduled, new Date(from));
  while (next && next.getTime() <= until) {
    times.push(next);
    next = nextTimeOf(scheduled, next);
  }
  return times;
}
