import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import { LabError } from '../errors/lab-error.js';
import type { Feature } from '../estimators/estimator.types.js';
import { assertParams } from '../estimators/estimators.service.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { RegistryService } from '../registry/registry.service.js';
import { type ModelVersion, PRODUCTION } from '../registry/registry.types.js';
import { type Inspection, sampledRowsOf } from './data/table-profile.js';
import { TrainingData } from './data/training-data.js';
import type { TrainingPlan } from './data/training-plan.js';
import { learnInThread } from './learning/learning-thread.js';
import type { Learnt } from './lesson.types.js';
import { MemoryBudget, type TrainingSize } from './memory-budget.js';
import { type NothingLearnt, TrainOptions, type TrainReport } from './train.schema.js';
import { announce, describe } from './training-log.js';
import { TrainingSlots } from './training-slots.js';

/** Rises when the same data and options would give another model. */
const RECIPE = 3;

/** Rows × columns that are looked at while somebody waits for the answer: some tenths of a second. */
const LOOKED_AT_AT_ONCE = 20_000_000;

/** Of the progress of a training; the rest is learning. */
const READ_SHARE = 0.1;

/** A request that may leave the name of the model open. */
export type OpenOptions = Omit<TrainOptions, 'model_name'> & { readonly model_name?: string };

/** From a table to a registered version: read, hold out, fit, compare with the baseline, register, and promote what is better. */
@Injectable()
export class TrainingService {
  private readonly workers: number;

  constructor(
    private readonly data: TrainingData,
    private readonly registry: RegistryService,
    private readonly memory: MemoryBudget,
    private readonly slots: TrainingSlots,
    { trainConcurrency }: LabConfig,
  ) {
    this.workers = Math.max(1, Math.floor(availableParallelism() / trainConcurrency));
  }

  /**
   * Everything about a training that can be known before it starts; the cells of a large table are left to the training.
   * @returns the options with what they leave open: the version of the dataset, the problem, the hold-out, the name of the model
   * @throws {LabError} which says what is wrong with the request
   */
  async check(options: OpenOptions): Promise<TrainOptions> {
    const { plan, model_name } = await this.plan(options);
    const { rows, version } = plan.snapshot;
    if (rows * plan.features.length <= LOOKED_AT_AT_ONCE) await this.inspect(options, plan);
    const { problem, validation } = plan;
    return { ...options, dataset_version: version, problem, validation, model_name };
  }

  /** The same options on the same version of the dataset train nothing again. */
  @Task('training.train', TrainOptions)
  async train(options: TrainOptions, run: TaskRun): Promise<TrainReport | NothingLearnt> {
    try {
      return await this.trainOnce(options, run);
    } catch (error) {
      if (options.unlearnable === 'fail' || !saysNothingToLearn(error)) throw error;
      const { message: reason } = error;
      run.log.warn(`${options.model_name}: nothing can be learned, so what is in production stays. ${reason}`);
      return { model: options.model_name, version: null, skipped: true, reason };
    }
  }

  private async trainOnce(options: TrainOptions, run: TaskRun): Promise<TrainReport> {
    const { plan } = await this.plan(options);
    const fingerprint = fingerprintOf(options, plan);
    const known = await this.registry.findByFingerprint(options.model_name, fingerprint);
    const isWhole = known && (await this.registry.isWhole(known));
    if (known && !isWhole) {
      run.log.warn(`${known.model}: the file of version ${known.version} is damaged, so it is trained again`);
    }
    if (known && isWhole) {
      run.log.info(`${known.model}: version ${known.version} was trained on exactly this, nothing to do`);
      return this.report(known, { rows: 0, left_out: plan.leftOut, skipped: true });
    }
    run.progress(0, 'wait for another training');
    return this.slots.with(run.signal, () => this.trainNow(options, { plan, fingerprint, run }));
  }

  private async plan(options: OpenOptions): Promise<{ plan: TrainingPlan; model_name: string }> {
    assertParams(options.estimator, options.params);
    const plan = await this.data.plan(options);
    const { model_name = `${plan.problem}_${options.estimator}` } = options;
    await this.registry.assertTakes(model_name, plan.problem);
    this.memory.assertFits(sizeOf(options, plan, { sampledRows: sampledRowsOf(plan, plan.snapshot.rows), textBytes: 0 }));
    return { plan, model_name };
  }

  /** How long texts are is known only now. */
  private async inspect(options: OpenOptions, plan: TrainingPlan, signal?: AbortSignal): Promise<Inspection> {
    const inspection = await this.data.inspect(plan, signal);
    this.memory.assertFits(sizeOf(options, plan, inspection));
    return inspection;
  }

  private async trainNow(
    options: TrainOptions,
    { plan, fingerprint, run }: { plan: TrainingPlan; fingerprint: string; run: TaskRun },
  ): Promise<TrainReport> {
    const started = performance.now();
    run.progress(0, 'read');
    const inspection = await this.inspect(options, plan, run.signal);
    for (const { column, reason } of inspection.leftOut) run.log.warn(`The column "${column}" is left out: ${reason}`);
    run.log.info(announce(options, plan, inspection));
    const learnt = await this.learn(options, { plan, inspection, run });
    const version = await this.register(options, { plan, inspection, learnt, run, fingerprint });
    const { sampledRows: rows, leftOut: left_out } = inspection;
    const { outdone } = learnt;
    const report = await this.report(version, { rows, left_out, skipped: false, ...(outdone ? { outdone } : {}) });
    run.log.info(describe(report, learnt, performance.now() - started));
    return report;
  }

  private async learn(
    { estimator, params, seed, fallback }: TrainOptions,
    { plan, inspection, run }: { plan: TrainingPlan; inspection: Inspection; run: TaskRun },
  ): Promise<Learnt> {
    const { set, groups } = await this.data.read(plan, inspection, run.signal);
    run.progress(READ_SHARE, 'fit');
    const { validation, text } = plan;
    const lesson = {
      ...{ set, groups, estimator, params, validation, seed, workers: this.workers, fallback },
      text: text && { maxTerms: text.max_terms, minDocuments: text.min_documents, stopWords: text.stop_words },
    };
    return learnInThread(lesson, {
      signal: run.signal,
      heapLimit: this.memory.limit,
      onStep: ({ share, message }) => run.progress(READ_SHARE + (1 - READ_SHARE) * share, message),
    });
  }

  private register(
    { model_name: model, description }: TrainOptions,
    trained: { plan: TrainingPlan; inspection: Inspection; learnt: Learnt; run: TaskRun; fingerprint: string },
  ): Promise<ModelVersion> {
    const { plan, inspection, learnt, run, fingerprint } = trained;
    const { estimator, params, metrics, baselineMetrics, isBest, file } = learnt;
    return this.registry.register({
      model,
      type: plan.problem,
      description,
      estimator,
      params,
      metrics,
      baselineMetrics,
      alias: isBest ? PRODUCTION : undefined,
      dataset: { name: plan.snapshot.table, version: plan.snapshot.version },
      features: inspection.features.map((feature, index) => ({ ...feature, importance: learnt.importances[index] })),
      target: plan.target.name,
      runId: run.runId,
      fingerprint,
      file,
    });
  }

  private async report(
    version: ModelVersion,
    facts: Pick<TrainReport, 'rows' | 'left_out' | 'skipped' | 'outdone'>,
  ): Promise<TrainReport> {
    const { aliases } = await this.registry.find(version.model);
    return {
      model: version.model,
      version: version.version,
      estimator: version.estimator,
      metrics: version.metrics,
      baseline_metrics: version.baselineMetrics,
      importances: importancesOf(version),
      promoted: aliases[PRODUCTION] === version.version,
      ...facts,
    };
  }
}

const importancesOf = ({ features }: ModelVersion): TrainReport['importances'] =>
  features
    .flatMap(({ name, importance }) => (importance === undefined ? [] : [{ feature: name, importance }]))
    .sort((a, b) => b.importance - a.importance);

const NOTHING_TO_LEARN: ReadonlySet<string> = new Set(['UNTRAINABLE', 'TOO_FEW_ROWS', 'HOLD_OUT_USELESS']);

/** Whether it is the cells of the table that are in the way. What the thread of a training refuses has lost its class, not its code. */
const saysNothingToLearn = (error: unknown): error is LabError => error instanceof LabError && NOTHING_TO_LEARN.has(error.code);

function sizeOf(
  { estimator, params }: OpenOptions,
  { features, text }: TrainingPlan,
  { sampledRows: rows, textBytes }: Pick<Inspection, 'sampledRows' | 'textBytes'>,
): TrainingSize {
  const counted = (wanted: Feature['type']): number => features.filter(({ type }) => type === wanted).length;
  const numbers = counted('number') + counted('text') * (text?.max_terms ?? 0);
  return { estimator, params, rows, numbers, categories: counted('category'), textBytes };
}

/** Names everything that the model depends on. */
function fingerprintOf({ target, estimator, params, sample, seed, fallback }: TrainOptions, plan: TrainingPlan): string {
  const { snapshot, features, problem, validation, text } = plan;
  const facts = [
    RECIPE,
    snapshot.table,
    snapshot.version,
    target,
    problem,
    features,
    estimator,
    params,
    validation,
    sample,
    seed,
    // Only where they are asked for: so what was trained before they came is still known.
    ...(text ? [{ text }] : []),
    ...(fallback ? [{ fallback }] : []),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
