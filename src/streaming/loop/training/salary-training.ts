import { Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { LabConfig } from '../../../config/lab-config.js';
import { RegistryService } from '../../../registry/registry.service.js';
import { PRODUCTION } from '../../../registry/registry.types.js';
import type { Learnt } from '../../../training/lesson.types.js';
import { LessonsService } from '../../../training/lessons.service.js';
import { LoopStates } from '../loop-states.js';
import { TOPICS } from '../loop-topics.js';
import { ScalerParameters } from '../normalising/parameters.js';
import { MODEL, type TrainedOn } from './salary-model.js';
import type { TrainingWindow } from './training-window.js';

const PART = 'training';
/** Examples that a model needs. */
const LEAST_ROWS = 100;
/** After a training that failed, or was no better than its baseline. */
const PAUSE_MS = 5_000;
/** Versions that stay, beside those that an alias means. */
const KEPT_VERSIONS = 20;

const FOREST = { n_trees: 60, max_features: 1, min_samples_leaf: 4 };

const TrainingState = z.object({
  trainings: z.int().min(0),
  at: z.number().nullable(),
  /** Generations that the last training saw. */
  generations: z.object({ from: z.int(), through: z.int() }).nullable(),
});
export type TrainingState = z.output<typeof TrainingState>;

/** What the window holds becomes a version of the model, and serves when it knows more than its baseline. */
@Injectable()
export class SalaryTraining {
  private readonly logger = new Logger('loop trainer');
  private failure: unknown;
  private notBefore = -Infinity;

  constructor(
    private readonly config: LabConfig,
    private readonly states: LoopStates,
    private readonly lessons: LessonsService,
    private readonly registry: RegistryService,
  ) {}

  get isWell(): boolean {
    return this.failure === undefined;
  }

  async state(): Promise<TrainingState> {
    return (await this.load()).state;
  }

  /** A failure is told, and tried again: it never throws. @param since the generation with which the world changed */
  async trainIfDue(window: TrainingWindow, since: number, signal: AbortSignal): Promise<void> {
    const { generations, rows } = window;
    if (!generations || rows < LEAST_ROWS || performance.now() < this.notBefore) return;
    try {
      const { version, state } = await this.load();
      if (!this.isDue(state, generations, since)) return;
      const parameters = await this.parameters();
      if (parameters) await this.train(window, { normalizer: parameters, generations }, { version, state, signal });
      this.failure = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.failure = error;
      this.notBefore = performance.now() + PAUSE_MS;
      this.logger.warn(`No new model: ${String(error)}`);
    }
  }

  private isDue({ at, generations: seen }: TrainingState, { through }: TrainedOn['generations'], since: number): boolean {
    if (at === null || seen === null) return true;
    const isNews = through > seen.through;
    return isNews && (seen.from < since || Math.abs(Date.now() - at) >= this.config.loop.trainMs);
  }

  private async train(
    window: TrainingWindow,
    trainedOn: TrainedOn,
    { version, state, signal }: { version: number; state: TrainingState; signal: AbortSignal },
  ): Promise<void> {
    const { idade, idh } = trainedOn.normalizer.numbers;
    const { seed } = this.config.loop;
    const learnt = await this.lessons.learn(
      {
        ...{ set: window.set(), estimator: 'random_forest', params: FOREST, seed, workers: 0, scaling: { idade, idh } },
        validation: { by: 'time', share: 0.2 },
      },
      signal,
    );
    await this.register(learnt, trainedOn);
    const next = { trainings: state.trainings + 1, at: Date.now(), generations: trainedOn.generations };
    await this.states.save(PART, version, next satisfies TrainingState);
    if (!learnt.isBest) this.notBefore = performance.now() + PAUSE_MS;
    await this.forgetOld();
  }

  private async register(
    { estimator, params, metrics, baselineMetrics, isBest, ...learnt }: Learnt,
    on: TrainedOn,
  ): Promise<void> {
    const version = await this.registry.register({
      ...{ model: MODEL, type: 'regression', estimator, metrics, baselineMetrics, file: learnt.file },
      description:
        'What a person earns in reais a month, by age, city and occupation: trained by the learning loop (docs/loop.md)',
      params: { ...params, ...on },
      alias: isBest ? PRODUCTION : undefined,
      dataset: { name: TOPICS.normalized, version: on.generations.through },
      features: FEATURE_TYPES.map((feature, index) => ({ ...feature, importance: learnt.importances[index] })),
      target: 'salario',
      runId: null,
      fingerprint: null,
    });
    const { from, through } = on.generations;
    const word = isBest ? 'serves' : 'is no better than the mean, and does not serve';
    this.logger.log(
      `Version ${version.version} of ${MODEL} ${word}: generations ${from} to ${through}, R² ${metrics.r2.toFixed(3)}, wrong by R$ ${metrics.mae.toFixed(0)} on average`,
    );
  }

  private async forgetOld(): Promise<void> {
    const { aliases } = await this.registry.find(MODEL);
    const named = new Set(Object.values(aliases));
    const versions = await this.registry.versions(MODEL);
    const ours = versions.filter(({ dataset, version }) => dataset.name === TOPICS.normalized && !named.has(version));
    for (const { version } of ours.slice(KEPT_VERSIONS)) await this.registry.deleteVersion(MODEL, version);
  }

  private async parameters(): Promise<ScalerParameters | null> {
    const kept = await this.states.find('normalizer');
    const Row = z.object({ state: z.object({ population: z.object({ parameters: ScalerParameters.nullable() }) }) });
    return Row.safeParse(kept?.state).data?.state.population.parameters ?? null;
  }

  private async load(): Promise<{ version: number; state: TrainingState }> {
    const kept = await this.states.find(PART);
    const { data } = TrainingState.safeParse(kept?.state);
    return { version: kept?.version ?? 0, state: data ?? { trainings: 0, at: null, generations: null } };
  }
}

const FEATURE_TYPES = [
  { name: 'idade', type: 'number' },
  { name: 'idh', type: 'number' },
  { name: 'cargo', type: 'category' },
] as const;
