import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, MoreThan, Not, type Repository } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import { RunNotFoundError } from '../pipelines.errors.js';
import type { Run, RunLogLine, RunLogQuery, RunQuery, RunSummary, RunTask } from '../run.schema.js';
import { PipelineRunEntity } from './pipeline-run.entity.js';
import { RunLogEntity } from './run-log.entity.js';
import { TaskRunEntity } from './task-run.entity.js';

/** What ran, what runs and what it said. */
@Injectable()
export class RunHistory {
  constructor(
    @InjectRepository(PipelineRunEntity) private readonly runs: Repository<PipelineRunEntity>,
    @InjectRepository(TaskRunEntity) private readonly tasks: Repository<TaskRunEntity>,
    @InjectRepository(RunLogEntity) private readonly logs: Repository<RunLogEntity>,
  ) {}

  /** One page, newest first. */
  async list(pipeline: string, { status, limit, offset }: RunQuery): Promise<Page<RunSummary>> {
    const [runs, total] = await this.runs.findAndCount({
      where: { pipeline, ...(status && { status }) },
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
    const run = await this.runs.findOneBy({ id });
    if (!run) throw new RunNotFoundError(id);
    return run;
  }

  tasksOf(runId: string): Promise<TaskRunEntity[]> {
    return this.tasks.findBy({ runId });
  }

  /** In the order in which they were written. */
  async logsOf(runId: string, { task, after, limit, offset }: RunLogQuery): Promise<Page<RunLogLine>> {
    const [lines, total] = await this.logs.findAndCount({
      where: { runId, ...(task !== undefined && { task }), ...(after !== undefined && { id: MoreThan(after) }) },
      order: { id: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { items: lines.map(lineOf), total };
  }

  /** The newest run of each pipeline that ever ran. */
  async newestOf(pipelines: readonly string[]): Promise<Map<string, RunSummary>> {
    const newest = await this.runs
      .createQueryBuilder('run')
      .distinctOn(['run.pipeline'])
      .where({ pipeline: In(pipelines) })
      .orderBy('run.pipeline')
      .addOrderBy('run.createdAt', 'DESC')
      .getMany();
    return new Map(newest.map((run) => [run.pipeline, summaryOf(run)]));
  }

  async everSucceeded(pipeline: string): Promise<boolean> {
    return this.runs.existsBy({ pipeline, status: 'succeeded' });
  }

  /** The newest scheduled time that a run was made for, be it skipped. */
  async lastScheduledAt(pipeline: string): Promise<Date | undefined> {
    const run = await this.runs.findOne({ where: { pipeline, scheduledAt: Not(IsNull()) }, order: { scheduledAt: 'DESC' } });
    return run?.scheduledAt ?? undefined;
  }

  /** Ids of the runs that wait or are under way, oldest first. */
  async openRunsOf(pipeline: string): Promise<string[]> {
    const open = await this.runs.find({
      select: { id: true },
      where: { pipeline, status: In(['queued', 'running']) },
      order: { createdAt: 'ASC' },
    });
    return open.map(({ id }) => id);
  }
}

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

function summaryOf(run: PipelineRunEntity): RunSummary {
  return {
    id: run.id,
    pipeline: run.pipeline,
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

function lineOf(line: RunLogEntity): RunLogLine {
  return {
    id: line.id,
    at: line.at.toISOString(),
    level: line.level,
    ...(line.task !== null && { task: line.task }),
    ...(line.attempt !== null && { attempt: line.attempt }),
    message: line.message,
    ...(line.fields !== null && { fields: line.fields }),
  };
}
