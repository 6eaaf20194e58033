import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, Like, Not, type Repository } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import { JOB_PREFIX } from '../definition/lane.js';
import { RunNotFoundError } from '../pipelines.errors.js';
import type { Run, RunQuery, RunSummary, RunTask } from '../run.schema.js';
import { PipelineRunEntity } from './pipeline-run.entity.js';
import { TaskRunEntity } from './task-run.entity.js';

const NO_JOB = Not(Like(`${JOB_PREFIX}%`));

/** The runs of pipelines: what ran and what runs. */
@Injectable()
export class RunHistory {
  constructor(
    @InjectRepository(PipelineRunEntity) private readonly runs: Repository<PipelineRunEntity>,
    @InjectRepository(TaskRunEntity) private readonly tasks: Repository<TaskRunEntity>,
  ) {}

  /** One page, newest first. */
  async list(pipeline: string, { status, limit, offset }: RunQuery): Promise<Page<RunSummary>> {
    const [runs, total] = await this.runs.findAndCount({
      where: { lane: pipeline, ...(status && { status }) },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: limit,
      skip: offset,
    });
    return { items: runs.map(summaryOf), total };
  }

  /** @throws {RunNotFoundError} */
  async find(id: string): Promise<Run> {
    const run = await this.runOf(id);
    const tasks = new Map((await this.tasksOf(id)).map((task) => [task.name, task]));
    return { ...summaryOf(run), tasks: run.plan.flatMap(({ name }) => tasks.get(name) ?? []).map(taskOf) };
  }

  /** @throws {RunNotFoundError} */
  async runOf(id: string): Promise<PipelineRunEntity> {
    const run = await this.runs.findOneBy({ id, lane: NO_JOB });
    if (!run) throw new RunNotFoundError(id);
    return run;
  }

  tasksOf(runId: string): Promise<TaskRunEntity[]> {
    return this.tasks.findBy({ runId });
  }

  /** The newest run of each pipeline that ever ran. */
  async newestOf(pipelines: readonly string[]): Promise<Map<string, RunSummary>> {
    const newest = await this.runs
      .createQueryBuilder('run')
      .distinctOn(['run.lane'])
      .where({ lane: In(pipelines) })
      .orderBy('run.lane')
      .addOrderBy('run.createdAt', 'DESC')
      .getMany();
    return new Map(newest.map((run) => [run.lane, summaryOf(run)]));
  }

  async everSucceeded(pipeline: string): Promise<boolean> {
    return this.runs.existsBy({ lane: pipeline, status: 'succeeded' });
  }

  /** The newest scheduled time that a run was made for, be it skipped. */
  async lastScheduledAt(pipeline: string): Promise<Date | undefined> {
    const run = await this.runs.findOne({
      where: { lane: pipeline, scheduledAt: Not(IsNull()) },
      order: { scheduledAt: 'DESC' },
    });
    return run?.scheduledAt ?? undefined;
  }

  /** Ids of the runs that wait or are under way, oldest first. */
  async openRunsOf(pipeline: string): Promise<string[]> {
    const open = await this.runs.find({
      select: { id: true },
      where: { lane: pipeline, status: In(['queued', 'running']) },
      order: { createdAt: 'ASC' },
    });
    return open.map(({ id }) => id);
  }
}

export const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

function summaryOf(run: PipelineRunEntity): RunSummary {
  return {
    id: run.id,
    pipeline: run.lane,
    status: run.status,
    trigger: run.trigger,
    params: run.params,
    ...(run.scheduledAt && { scheduled_at: run.scheduledAt.toISOString() }),
    created_at: run.createdAt.toISOString(),
    started_at: iso(run.startedAt),
    finished_at: iso(run.finishedAt),
    ...(run.error !== null && { error: run.error }),
  };
}

function taskOf(task: TaskRunEntity): RunTask {
  return {
    name: task.name,
    uses: task.uses,
    status: task.status,
    attempts: task.attempts,
    started_at: iso(task.startedAt),
    finished_at: iso(task.finishedAt),
    ...(task.progress !== null && { progress: task.progress }),
    ...(task.message !== null && { message: task.message }),
    ...(task.rows !== null && { rows: Number(task.rows) }),
    ...(task.error !== null && { error: task.error }),
    ...(task.result !== null && { result: task.result as Record<string, unknown> }),
  };
}
