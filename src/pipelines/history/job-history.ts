import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Like, type Repository } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import { JOB_PREFIX, kindOf, laneOfJob } from '../definition/lane.js';
import type { Job, JobQuery, JobSummary } from '../job.schema.js';
import { JobNotFoundError } from '../pipelines.errors.js';
import { PipelineRunEntity } from './pipeline-run.entity.js';
import { iso } from './run-history.js';
import { TaskRunEntity } from './task-run.entity.js';

const EVERY_JOB = Like(`${JOB_PREFIX}%`);

type JobTask = Pick<TaskRunEntity, 'runId' | 'progress' | 'message' | 'error'>;

/** The jobs that wait, are under way or are over. */
@Injectable()
export class JobHistory {
  constructor(
    @InjectRepository(PipelineRunEntity) private readonly runs: Repository<PipelineRunEntity>,
    @InjectRepository(TaskRunEntity) private readonly tasks: Repository<TaskRunEntity>,
  ) {}

  /** One page, newest first. */
  async list({ kind, status, limit, offset }: JobQuery): Promise<Page<JobSummary>> {
    const [runs, total] = await this.runs.findAndCount({
      where: { lane: kind === undefined ? EVERY_JOB : laneOfJob(kind), ...(status && { status }) },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: limit,
      skip: offset,
    });
    // Without the results: a page of them might be large.
    const tasks = await this.tasks.find({
      select: { runId: true, name: true, progress: true, message: true, error: true },
      where: { runId: In(runs.map(({ id }) => id)) },
    });
    const taskOf = new Map(tasks.map((task) => [task.runId, task]));
    return { items: runs.map((run) => summaryOf(run, taskOf.get(run.id))), total };
  }

  /** @throws {JobNotFoundError} */
  async find(id: string): Promise<Job> {
    const run = await this.jobOf(id);
    const task = await this.tasks.findOneBy({ runId: id });
    return { ...summaryOf(run, task), ...(task?.result && { result: task.result as Record<string, unknown> }) };
  }

  /** @throws {JobNotFoundError} */
  async jobOf(id: string): Promise<PipelineRunEntity> {
    const run = await this.runs.findOneBy({ id, lane: EVERY_JOB });
    if (!run) throw new JobNotFoundError(id);
    return run;
  }
}

/** @param task absent when the job is forgotten while it is read */
function summaryOf(run: PipelineRunEntity, task: JobTask | null | undefined): JobSummary {
  // The run repeats what its only task says, with the name of the task in front.
  const error = task?.error ?? run.error;
  return {
    id: run.id,
    kind: kindOf(run.lane)!,
    status: run.status,
    progress: task?.progress ?? 0,
    message: task?.message ?? null,
    created_at: run.createdAt.toISOString(),
    started_at: iso(run.startedAt),
    finished_at: iso(run.finishedAt),
    ...(error !== null && { error }),
  };
}
