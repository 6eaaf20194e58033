import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
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

  constructor(
    private readonly registry: RegistryService,
    @Inject(EventBus) bus: EventBus,
  ) {
    this.unsubscribe = bus.subscribe('model.changed', ({ model }) => {
      if (model === MODEL) this.lookedAt = -Infinity;
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

  /** Undefined while there is none. @throws the same otherwise */
  async find(): Promise<SalaryModel | undefined> {
    try {
      return await this.current();
    } catch (error) {
      if (error instanceof NoSalaryModelError) return undefined;
      throw error;
    }
  }

  private async look(): Promise<SalaryModel> {
    const now = performance.now();
    const version = await this.registry.resolve(MODEL, { alias: PRODUCTION }).catch((error: unknown) => {
      const isMissing = error instanceof ModelNotFoundError || error instanceof AliasNotFoundError;
      throw isMissing ? new NoSalaryModelError(MODEL) : error;
    });
    const isKnown = this.known?.version.version === version.version;
    if (!isKnown) this.known = new SalaryModel(version, await this.registry.load(version));
    this.lookedAt = now;
    return this.known as SalaryModel;
  }
}
