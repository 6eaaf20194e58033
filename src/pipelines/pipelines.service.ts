import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { PipelineDefinitions } from './definition/pipeline-definitions.js';
import type { RunPlan } from './definition/run-plan.js';
import { RunQueue } from './execution/run-queue.js';
import { isDone } from './execution/task-state.js';
import type { PipelineRunEntity } from './history/pipeline-run.entity.js';
import { RunHistory } from './history/run-history.js';
import { RunLogs } from './history/run-logs.js';
import type { TaskRunEntity } from './history/task-run.entity.js';
import { PipelineQueueFullError, RunFinishedError, RunNotRetryableError } from './pipelines.errors.js';
import type { LogLine, RunReference, Trigger } from './run.types.js';

export interface TriggerOptions {
  readonly trigger: Extract<Trigger, 'manual' | 'event'>;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Runs of the pipeline that may wait or be under way, this one included. */
  readonly mostOpen?: number;
}

const MAX_OPEN = 100;

/** Makes, stops and repeats runs. A run that is made while as many of its pipeline are under way as may be, waits for them. */
@Injectable()
export class PipelinesService {
  constructor(
    private readonly definitions: PipelineDefinitions,
    private readonly queue: RunQueue,
    private readonly history: RunHistory,
    private readonly logs: RunLogs,
  ) {}

  /**
   * @returns the run, which waits or is under way
   * @throws {PipelineNotFoundError}
   * @throws {InvalidInputError} when a parameter is missing, unknown or of the wrong type
   * @throws {ParametersDoNotFitError}
   * @throws {PipelineQueueFullError}
   */
  async trigger(name: string, { trigger, params, mostOpen = MAX_OPEN }: TriggerOptions): Promise<RunReference> {
    const plan = this.definitions.plan(name, params);
    const run = await this.queue.add(plan, { trigger, status: 'queued' }, mostOpen);
    if (!run) throw new PipelineQueueFullError(name, mostOpen);
    return run;
  }

  /** Makes a run when none has ever succeeded and none was made for this reason. @returns undefined otherwise */
  async triggerWhenEmpty(name: string): Promise<RunReference | undefined> {
    const plan = this.definitions.plan(name);
    if (await this.history.everSucceeded(name)) return undefined;
    return this.queue.add(plan, { trigger: 'start', status: 'queued' });
  }

  /**
   * Makes the run of a scheduled time, once for all processes.
   * @param whenBusy what becomes of it while as many runs of the pipeline as may be are under way or wait
   * @returns undefined when another process made it
   */
  async triggerAt(
    name: string,
    scheduledAt: Date,
    whenBusy: 'waits' | 'is_skipped' = 'is_skipped',
  ): Promise<RunReference | undefined> {
    const plan = this.definitions.plan(name);
    const open = await this.history.openRunsOf(name);
    if (open.length < (whenBusy === 'waits' ? MAX_OPEN : plan.concurrency)) {
      return this.queue.add(plan, { trigger: 'schedule', status: 'queued', scheduledAt });
    }
    const error = `Not run, because the run ${open[0]} was not over yet.`;
    return this.queue.add(plan, { trigger: 'schedule', status: 'skipped', scheduledAt, error });
  }

  /** @throws {RunNotFoundError} @throws {RunFinishedError} */
  async cancel(id: string): Promise<RunReference> {
    const run = await this.history.runOf(id);
    const status = await this.queue.cancel(id);
    if (status === undefined) throw new RunFinishedError(id, run.status);
    return { id, status };
  }

  /**
   * Puts a failed or cancelled run back into the queue as its pipeline is declared now. A task that was done stays so when
   * neither it nor anything before it has been declared differently since.
   * @throws {RunNotFoundError} @throws {RunNotRetryableError} @throws {PipelineNotFoundError}
   */
  async retry(id: string): Promise<RunReference> {
    const run = await this.history.runOf(id);
    const known = Object.keys(this.definitions.find(run.lane).params);
    const params = Object.fromEntries(Object.entries(run.params).filter(([name]) => known.includes(name)));
    const plan = this.definitions.plan(run.lane, params);
    const queued = await this.queue.putBack(id, plan, tasksToKeep(plan, run, await this.history.tasksOf(id)));
    if (!queued) throw new RunNotRetryableError(id, run.status);
    return queued;
  }

  /** The newest run of a pipeline. @returns undefined when it never ran */
  async newest(name: string): Promise<RunReference | undefined> {
    return (await this.history.newestOf([name])).get(name);
  }

  /** What a run wrote last, in the order in which it was written. */
  async lastLines(id: string, most: number): Promise<{ lines: LogLine[]; total: number }> {
    const { items, total } = await this.logs.last(id, most);
    return { lines: items.map(({ at, level, task, message }) => ({ at, level, task, message })), total };
  }

  /** @throws {PipelineNotFoundError} */
  async neverSucceeded(name: string): Promise<boolean> {
    return !(await this.history.everSucceeded(this.definitions.find(name).name));
  }
}

function tasksToKeep({ tasks }: RunPlan, former: PipelineRunEntity, states: readonly TaskRunEntity[]): string[] {
  const done = new Set(states.filter(isDone).map(({ name }) => name));
  const before = new Map(former.plan.map((task) => [task.name, task]));
  const kept = new Set<string>();
  for (const task of tasks) {
    // As it comes back from the database, where a key without a value is no key.
    const stored: unknown = JSON.parse(JSON.stringify(task));
    const same = isDeepStrictEqual(before.get(task.name), stored);
    if (done.has(task.name) && same && task.needs.every((need) => kept.has(need))) kept.add(task.name);
  }
  return [...kept];
}
