import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { EventBus } from '../../events/event-bus.js';
import { onBehalfOf } from '../../telemetry/log-context.js';
import { DeclaredTasks } from '../definition/declared-tasks.js';
import { kindOf, laneOfJob } from '../definition/lane.js';
import { PipelineDefinitions } from '../definition/pipeline-definitions.js';
import { ExecutionSettings } from './execution-settings.js';
import { Interruption } from './interruption.js';
import { RunExecution } from './run-execution.js';
import type { RunLease } from './run-lease.js';
import { type ClaimedRun, RunStore } from './run-store.js';

/** Takes runs from the queue and carries them out, as many as this process may at once. */
@Injectable()
export class RunExecutor implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RunExecutor.name);
  private readonly owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  private readonly leases = new Map<string, RunLease>();
  private readonly performing = new Map<string, { readonly lane: string; readonly end: Promise<void> }>();
  /** Runs that this process gave up while a task of theirs still works: it does not take them again. */
  private readonly lingering = new Set<string>();
  private readonly subscriptions: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  private stopping = false;

  constructor(
    private readonly store: RunStore,
    private readonly definitions: PipelineDefinitions,
    private readonly tasks: DeclaredTasks,
    @Inject(EventBus) private readonly bus: EventBus,
    private readonly settings: ExecutionSettings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.store.endLeasesOfTheDead();
    this.subscriptions.push(
      this.bus.subscribe('run.queued', () => this.wake()),
      this.bus.subscribe('run.cancelled', ({ run }) => this.leases.get(run)?.flush()),
    );
    this.timer = setInterval(() => this.sweep(), this.settings.sweepMs);
    this.sweep();
  }

  /** Stops what runs within its time to stop, and puts it back for the next start. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    for (const unsubscribe of this.subscriptions) unsubscribe();
    await this.looking;
    const reason = new Interruption('stopping', 'The process stops.');
    for (const lease of this.leases.values()) lease.interrupt(reason);
    await Promise.all([...this.performing.values()].map(({ end }) => end));
  }

  /** Looks for runs now; without it they are found at the next sweep. */
  wake(): void {
    if (this.stopping) return;
    this.lookAgain = true;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
  }

  /** Never rejects: what cannot be read now is there at the next sweep. */
  private async look(): Promise<void> {
    try {
      while (this.lookAgain) {
        this.lookAgain = false;
        await this.claimRuns();
      }
    } catch (error) {
      this.logger.error(`Waiting runs could not be read: ${String(error)}`);
    }
  }

  private async claimRuns(): Promise<void> {
    while (!this.stopping) {
      const held = [...this.performing.keys(), ...this.lingering];
      const lanes = this.lanesWithRoom();
      const run = lanes.length > 0 ? await this.store.claim(this.owner, lanes, held) : undefined;
      if (!run) break;
      // Whoever woke this process up has nothing to do with the run: its lines say whose they are.
      const end = onBehalfOf({ run_id: run.id }, () => this.perform(run));
      this.performing.set(run.id, { lane: run.lane, end });
    }
  }

  private lanesWithRoom(): string[] {
    const jobs = [...this.performing.values()].filter(({ lane }) => kindOf(lane) !== undefined).length;
    const runs = this.performing.size - jobs;
    return [
      ...(runs < this.settings.runs ? this.definitions.names() : []),
      ...(jobs < this.settings.jobs ? this.tasks.names().map(laneOfJob) : []),
    ];
  }

  private sweep(): void {
    this.wake();
    this.store.failOrphans([...this.definitions.names(), ...this.tasks.names().map(laneOfJob)]).then(
      (orphans) => orphans.forEach((id) => this.logger.warn(`The run ${id} was failed: nobody declares any more what it does.`)),
      (error: unknown) => this.logger.error(`Runs that nobody carries out could not be read: ${String(error)}`),
    );
  }

  private async perform(run: ClaimedRun): Promise<void> {
    const lease = this.store.hold(run);
    this.leases.set(run.id, lease);
    let execution: RunExecution | undefined;
    try {
      execution = new RunExecution(run, lease, await this.store.tasksOf(run.id), this.tasks, this.settings);
      await execution.perform();
    } catch (error) {
      this.logger.error(`The run ${run.id} of "${run.lane}" is given up and will be taken up again: ${String(error)}`);
    } finally {
      lease.close();
      this.leases.delete(run.id);
      this.performing.delete(run.id);
      this.keepOff(run.id, execution?.lingering ?? []);
      this.wake();
    }
  }

  private keepOff(id: string, lingering: readonly Promise<unknown>[]): void {
    if (lingering.length === 0) return;
    this.lingering.add(id);
    void Promise.all(lingering).then(() => this.lingering.delete(id));
  }
}
