import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LabFile } from '../config/lab-file.js';
import type { Problem } from '../estimators/estimator.types.js';
import { EventBus } from '../events/event-bus.js';
import { ModelNotFoundError } from '../registry/registry.errors.js';
import { RegistryService } from '../registry/registry.service.js';
import { type ModelVersion, PRODUCTION } from '../registry/registry.types.js';
import { ModelTypeMismatchError, NoDefaultModelError } from './prediction.errors.js';

/** Which model a request means. */
export interface ModelChoice {
  readonly model_name?: string;
  readonly model_type?: Problem;
  readonly version?: number;
  readonly alias?: string;
}

interface Answer {
  readonly version: Promise<ModelVersion>;
  readonly until: number;
}

const KEPT_MS = 5_000;
const MOST_ANSWERS = 1_000;

/**
 * The version that answers a request. What the registry said is kept for five seconds at most, and forgotten at once when a
 * model changes, here or in another process.
 */
@Injectable()
export class ServedVersions implements OnModuleDestroy {
  private readonly answers = new Map<string, Answer>();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly registry: RegistryService,
    @Inject(LabFile) private readonly defaults: LabFile,
    @Inject(EventBus) bus: EventBus,
  ) {
    // A name may stand for another one, so one changed model may be behind any answer.
    this.unsubscribe = bus.subscribe('model.changed', () => this.answers.clear());
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /**
   * @throws {ModelNotFoundError | VersionNotFoundError | AliasNotFoundError}
   * @throws {NoDefaultModelError | ModelTypeMismatchError}
   */
  find(choice: ModelChoice): Promise<ModelVersion> {
    const key = [choice.model_name, choice.model_type, choice.version, choice.alias].join('|');
    const known = this.answers.get(key);
    if (known && known.until > performance.now()) return known.version;
    const answer = { version: this.ask(choice), until: performance.now() + KEPT_MS };
    if (this.answers.size >= MOST_ANSWERS) this.answers.clear();
    this.answers.set(key, answer);
    answer.version.catch(() => {
      if (this.answers.get(key) === answer) this.answers.delete(key);
    });
    return answer.version;
  }

  private async ask(choice: ModelChoice): Promise<ModelVersion> {
    const { version, alias = PRODUCTION } = choice;
    return this.registry.resolve(await this.nameOf(choice), version === undefined ? { alias } : { version });
  }

  /** The name itself when it is registered and of the asked type, else `<type>_<name>`. */
  private async nameOf({ model_name: name = this.defaults.defaultModel, model_type: type }: ModelChoice): Promise<string> {
    if (name === undefined) throw new NoDefaultModelError();
    const names: [string, ...string[]] = type ? [name, `${type}_${name}`] : [name];
    const types = await this.registry.typesOf(names);
    const found = names.find((candidate) => types.has(candidate) && (!type || types.get(candidate) === type));
    if (found !== undefined) return found;
    throw type && types.size > 0 ? new ModelTypeMismatchError(name, type) : new ModelNotFoundError(...names);
  }
}
