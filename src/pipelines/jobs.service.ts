import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { DeclaredTasks } from './definition/declared-tasks.js';
import { laneOfJob } from './definition/lane.js';
import { Step } from './definition/pipeline.schema.js';
import { RunQueue } from './execution/run-queue.js';
import { JobHistory } from './history/job-history.js';
import { type JobReference, jobReference, type JobSettings } from './job.types.js';
import { JobFinishedError, JobQueueFullError, UnknownTaskError } from './pipelines.errors.js';

const MOST_OPEN = 100;

/** Work that outlives the request for it: a run of one declared task, carried out, stopped and resumed as those of pipelines. */
@Injectable()
export class JobsService {
  constructor(
    private readonly tasks: DeclaredTasks,
    private readonly queue: RunQueue,
    private readonly history: JobHistory,
  ) {}

  /**
   * Resolves when the job is durable; it starts within milliseconds unless it has to wait for others of its kind.
   * @param kind name of a declared task: what it returns becomes the result of the job
   * @param options of the task, as JSON; checked before anything is written
   * @throws {InvalidInputError} when the task does not take the options
   * @throws {JobQueueFullError}
   * @throws {UnknownTaskError}
   */
  async start(kind: string, options: object, { concurrency = 1, most = MOST_OPEN }: JobSettings = {}): Promise<JobReference> {
    const task = this.tasks.find(kind);
    if (!task) throw new UnknownTaskError(kind);
    const { error } = await task.options.safeParseAsync(options);
    if (error) throw new InvalidInputError(error.issues);
    const plan = {
      lane: laneOfJob(kind),
      concurrency,
      params: {},
      tasks: [{ name: 'job', ...Step.parse({ uses: kind, with: options }) }],
    };
    const run = await this.queue.add(plan, { trigger: 'manual', status: 'queued' }, most);
    if (!run) throw new JobQueueFullError(kind, most);
    return jobReference(run);
  }

  /** One that waits is cancelled at once, one under way as soon as its work has stopped. @throws {JobNotFoundError} @throws {JobFinishedError} */
  async cancel(id: string): Promise<JobReference> {
    const job = await this.history.jobOf(id);
    const status = await this.queue.cancel(id);
    if (status === undefined) throw new JobFinishedError(id, job.status);
    return jobReference({ id, status });
  }
}
