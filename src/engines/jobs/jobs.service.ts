import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger, type OnModuleDestroy } from '@nestjs/common';
import { type JobResult, type JobWithMetadata, PgBoss, policies } from 'pg-boss';
import type { Database } from '../database/database.service.js';

/** How often a worker looks although nobody called it: for jobs that were put off or come back. */
const LOOK_EVERY_SECONDS = 2;
/** A job whose process has given no sign of life for this long comes back, at the next of the rounds that look for such. */
const HEARTBEAT_SECONDS = 15;
const ROUND_SECONDS = 5;
/** How many processes may end under one job before it is given up: it might be what ends them. */
const ENDS_ALLOWED = 10;
const DAY_SECONDS = 86_400;
/** The clock that decides whether a job is due is the database's. */
const CLOCK_MARGIN_MS = 20;

const QUEUE = {
  policy: policies.exclusive,
  notify: true,
  heartbeatSeconds: HEARTBEAT_SECONDS,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  expireInSeconds: DAY_SECONDS,
  deleteAfterSeconds: DAY_SECONDS,
};

export interface WorkOptions {
  /** Jobs of the queue that this process runs at the same time. */
  readonly concurrency: number;
}

export interface SendOptions {
  /** Names the work: until the job of the queue with this key has succeeded or failed for good, another one is not added. */
  readonly key?: string;
  /** Not before this many seconds have passed. */
  readonly afterSeconds?: number;
  /** How often to try again when the job throws, after pauses of 1 s that double up to a minute. Not given: never. */
  readonly retries?: number;
}

/** What a running job knows of itself. */
export interface JobContext {
  readonly id: string;
  /** Aborted when this process shuts down, or when the job was given to another one. */
  readonly signal: AbortSignal;
}

/** Must bear being called twice with the same payload: a process may die after its work and before that was noted. */
export type JobRunner<T> = (payload: T, job: JobContext) => Promise<void>;

interface Envelope<T> {
  readonly payload: T;
  readonly retries: number;
}

/**
 * Work that outlives the process which asked for it, done at least once by any process on the same database. A job that throws
 * is tried again as often as its sender wished; one whose process died or shut down comes back in any case.
 */
export class JobQueue implements OnModuleDestroy {
  private readonly logger = new Logger(JobQueue.name);
  private readonly queues = new Map<string, Promise<void>>();
  private readonly workers = new Map<string, string[]>();
  private readonly shutdown = new AbortController();
  private stopped = false;

  private constructor(
    private readonly boss: PgBoss,
    private readonly drainMs: number,
  ) {
    boss.on('error', (error) => this.stopped || this.logger.error(error.message));
    boss.on('warning', ({ message }) => this.logger.warn(message));
  }

  /** @param drainMs how long a shutdown waits for running jobs once it has told them to stop */
  static async open(database: Database, drainMs = 20_000): Promise<JobQueue> {
    const boss = new PgBoss({
      connectionString: database.url,
      application_name: 'dataflow-lab-jobs',
      schema: 'pgboss',
      max: 6,
      useListenNotify: true,
      schedule: false,
      superviseIntervalSeconds: ROUND_SECONDS,
      monitorIntervalSeconds: ROUND_SECONDS,
    });
    const queue = new JobQueue(boss, drainMs);
    await boss.start();
    // Nobody else works on a server that has just started with us: what it believes to be running is not.
    if (database.embedded) await queue.returnOrphans();
    return queue;
  }

  /** Takes jobs of the queue, as many at a time as `concurrency` says, until the process shuts down. */
  async work<T>(queue: string, { concurrency }: WorkOptions, run: JobRunner<T>): Promise<void> {
    await this.ensure(queue);
    const ids = this.workers.get(queue) ?? [];
    this.workers.set(queue, ids);
    for (let worker = 0; worker < concurrency; worker++) ids.push(await this.startWorker(queue, run));
  }

  /**
   * Resolves when the job is safe in the database; a free worker, here or elsewhere, starts it within milliseconds.
   * @returns its id, or undefined when there is a job with the same key already
   */
  async send<T>(
    queue: string,
    payload: T,
    { key, afterSeconds = 0, retries = 0 }: SendOptions = {},
  ): Promise<string | undefined> {
    await this.ensure(queue);
    const envelope: Envelope<T> = { payload, retries };
    const id = await this.boss.send(queue, envelope, {
      singletonKey: key ?? randomUUID(),
      startAfter: afterSeconds,
      retryLimit: retries + ENDS_ALLOWED,
    });
    if (afterSeconds > 0 && afterSeconds < DAY_SECONDS) {
      setTimeout(() => this.wake(queue), afterSeconds * 1000 + CLOCK_MARGIN_MS).unref();
    }
    return id ?? undefined;
  }

  async onModuleDestroy(): Promise<void> {
    this.shutdown.abort(new Error('The process is shutting down'));
    const drained = Promise.all([...this.workers.keys()].map((queue) => this.boss.offWork(queue))).then(() => true);
    const inTime = await Promise.race([drained, wait(this.drainMs, false, { ref: false })]);
    if (!inTime) this.logger.warn('Some jobs did not stop in time: they come back at the next start');
    // What has not stopped by now will find the connection closed, and has been told why.
    this.stopped = true;
    await this.boss.stop({ graceful: false });
  }

  private ensure(queue: string): Promise<void> {
    const ensured = this.queues.get(queue) ?? this.boss.createQueue(queue, QUEUE);
    this.queues.set(queue, ensured);
    ensured.catch(() => this.queues.delete(queue));
    return ensured;
  }

  private async startWorker<T>(queue: string, run: JobRunner<T>): Promise<string> {
    const options = {
      pollingIntervalSeconds: LOOK_EVERY_SECONDS,
      notifyPollingIntervalSeconds: LOOK_EVERY_SECONDS,
      heartbeatRefreshSeconds: HEARTBEAT_SECONDS / 3,
      includeMetadata: true,
      perJobResults: true,
    } as const;
    const worker: string = await this.boss.work<Envelope<T>, JobResult[], typeof options>(queue, options, async ([job]) => {
      const result = await this.runJob(queue, job, run);
      // A worker that took one job sleeps until it is called; there may be more.
      this.boss.notifyWorker(worker);
      return [{ id: job.id, ...result }];
    });
    return worker;
  }

  private async runJob<T>(
    queue: string,
    { id, data, retryCount, signal }: JobWithMetadata<Envelope<T>>,
    run: JobRunner<T>,
  ): Promise<Omit<JobResult, 'id'>> {
    try {
      await run(data.payload, { id, signal: AbortSignal.any([signal, this.shutdown.signal]) });
      return { status: 'completed' };
    } catch (error) {
      const output = { message: error instanceof Error ? error.message : String(error) };
      if (this.shutdown.signal.aborted) return { status: 'failed', output };
      const again = retryCount < data.retries;
      this.logger.warn(`Job ${id} of ${queue} failed${again ? ' and is tried again' : ''}: ${output.message}`);
      // pg-boss counts ends of processes and failures alike, so that a failure is final is for us to say.
      return { status: again ? 'failed' : 'deadletter', output };
    }
  }

  private wake(queue: string): void {
    for (const worker of this.workers.get(queue) ?? []) this.boss.notifyWorker(worker);
  }

  private async returnOrphans(): Promise<void> {
    const { rows } = await this.boss
      .getDb()
      .executeSql(`SELECT name, array_agg(id::text) AS ids FROM pgboss.job WHERE state = 'active' GROUP BY name`);
    for (const { name, ids } of rows as { name: string; ids: string[] }[]) {
      await this.boss.fail(name, ids, { message: 'The process that ran it ended' });
      this.logger.log(`${ids.length} jobs of ${name} come back: the process that ran them ended`);
    }
  }
}
