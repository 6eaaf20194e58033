import { Inject, Injectable, Logger } from '@nestjs/common';
import { type AnyEvent, EventBus } from '../../events/event-bus.js';
import type { RunPlan } from '../definition/run-plan.js';
import type { RunReference, RunStatus } from '../run.types.js';
import { RunExecutor } from './run-executor.js';
import { type NewRun, RunStore } from './run-store.js';

/** Puts runs into the queue and asks them to stop; every process hears of it at once. */
@Injectable()
export class RunQueue {
  private readonly logger = new Logger(RunQueue.name);

  constructor(
    private readonly store: RunStore,
    private readonly executor: RunExecutor,
    @Inject(EventBus) private readonly bus: EventBus,
  ) {}

  /**
   * @param most runs of the lane that may wait or be under way
   * @returns undefined when there are as many, or when the scheduled time or the run at start-up has its run already
   */
  async add(plan: RunPlan, run: NewRun, most?: number): Promise<RunReference | undefined> {
    const made = await this.store.insert(plan, run, most);
    if (made?.status === 'queued') this.wake(made);
    return made;
  }

  /** Puts a failed or cancelled run back. @param kept tasks whose results stay @returns undefined when it is neither */
  async putBack(id: string, plan: RunPlan, kept: readonly string[]): Promise<RunReference | undefined> {
    const queued = await this.store.requeue(id, plan, kept);
    if (queued) this.wake(queued);
    return queued;
  }

  /** @returns the status that the run has now: `cancelled` when it had not begun; undefined when it was over */
  async cancel(id: string): Promise<RunStatus | undefined> {
    const status = await this.store.requestCancel(id);
    if (status === 'running') this.announce({ type: 'run.cancelled', run: id });
    return status;
  }

  private wake({ id }: RunReference): void {
    this.executor.wake();
    this.announce({ type: 'run.queued', run: id });
  }

  /** Only makes others quicker: whoever hears nothing finds it in the table. */
  private announce(event: AnyEvent): void {
    this.bus.publish(event).catch((error: unknown) => this.logger.warn(`${event.type} was not announced: ${String(error)}`));
  }
}
