import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LabError } from '../../../errors/lab-error.js';
import { EventBus } from '../../../events/event-bus.js';
import { AliasNotFoundError, ModelNotFoundError } from '../../../registry/registry.errors.js';
import { RegistryService } from '../../../registry/registry.service.js';
import { PRODUCTION } from '../../../registry/registry.types.js';
import { NoSalaryModelError } from '../loop.errors.js';
import { MODEL, SalaryModel } from './salary-model.js';

/** A word of the bus that was lost is made up for after so long. */
const LOOK_EVERY_MS = 15_000;

/** The model in production, loaded once. */
@Injectable()
export class ServedSalary implements OnModuleDestroy {
  private readonly unsubscribe: () => void;
  private known: SalaryModel | undefined;
  private looking: Promise<SalaryModel> | undefined;
  private lookedAt = -Infinity;
  private changes = 0;

  constructor(
    private readonly registry: RegistryService,
    @Inject(EventBus) bus: EventBus,
  ) {
    this.unsubscribe = bus.subscribe('model.changed', ({ model }) => {
      if (model === MODEL) this.forget();
    });
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** @throws {NoSalaryModelError | ForeignSalaryModelError} @throws what {@link RegistryService.load} throws */
  async current(): Promise<SalaryModel> {
    if (this.known && performance.now() - this.lookedAt < LOOK_EVERY_MS) return this.known;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** Undefined while there is none that could answer, for whatever reason: the trainer may put another one in its place. */
  async find(): Promise<SalaryModel | undefined> {
    try {
      return await this.current();
    } catch (error) {
      if (error instanceof LabError) return undefined;
      throw error;
    }
  }

  private forget(): void {
    this.changes++;
    this.lookedAt = -Infinity;
  }

  private async look(): Promise<SalaryModel> {
    const [now, changes] = [performance.now(), this.changes];
    const version = await this.registry.resolve(MODEL, { alias: PRODUCTION }).catch((error: unknown) => {
      const isMissing = error instanceof ModelNotFoundError || error instanceof AliasNotFoundError;
      throw isMissing ? new NoSalaryModelError(MODEL) : error;
    });
    const isKnown = this.known?.version.version === version.version;
    if (!isKnown) this.known = new SalaryModel(version, await this.registry.load(version));
    // What changed meanwhile may be newer than what was found.
    if (changes === this.changes) this.lookedAt = now;
    return this.known as SalaryModel;
  }
}
