import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import type { Model } from '../estimators/estimator.types.js';
import { fit } from '../estimators/estimators.service.js';
import { evaluate } from '../estimators/evaluation.estimator.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { RegistryService } from '../registry/registry.service.js';
import { type Metrics, type ModelVersion, PRODUCTION } from '../registry/registry.types.js';
import { beatsBaseline, DECIDING_METRIC } from './gate.js';
import { type Split, split } from './split.js';
import { TrainOptions, type TrainReport } from './train.schema.js';
import { TrainingData, type TrainingPlan } from './training-data.js';

/** Rises when the same data and options would give another model. */
const RECIPE = 1;

/** Of the progress of a training; the test has the rest. */
const FIT_SHARE = 0.9;

interface Trained {
  readonly model: Model;
  readonly metrics: Metrics;
  readonly baselineMetrics: Metrics;
}

/** From a table to a registered version: read, hold out, fit, compare with the baseline, register, and promote what is better. */
@Injectable()
export class TrainingService {
  constructor(
    private readonly data: TrainingData,
    private readonly registry: RegistryService,
  ) {}

  /** The same options on the same version of the dataset train nothing again. */
  @Task('training.train', TrainOptions)
  async train(options: TrainOptions, run: TaskRun): Promise<TrainReport> {
    const plan = await this.data.plan(options);
    const fingerprint = fingerprintOf(options, plan);
    const known = await this.registry.findByFingerprint(options.model_name, fingerprint);
    if (known) {
      run.log.info(`${known.model}: version ${known.version} was trained on exactly this, nothing to do`);
      return this.report(known, { rows: 0, skipped: true });
    }
    const started = performance.now();
    const set = await this.data.read(plan, run.signal);
    const trained = await this.fitAndTest(split(set, options.validation, options.seed), options, run);
    const { metrics, baselineMetrics } = trained;
    const version = await this.registry.register({
      model: options.model_name,
      type: plan.problem,
      description: options.description,
      estimator: trained.model.estimator,
      params: options.params,
      metrics,
      baselineMetrics,
      alias: beatsBaseline(plan.problem, metrics, baselineMetrics) ? PRODUCTION : undefined,
      dataset: { name: plan.snapshot.table, version: plan.snapshot.version },
      features: plan.features,
      target: plan.target,
      runId: run.runId,
      fingerprint,
      file: trained.model.serialise(),
    });
    const report = await this.report(version, { rows: set.rows, skipped: false });
    run.log.info(describe(report, set.rows, performance.now() - started));
    return report;
  }

  private async fitAndTest({ training, test }: Split, { estimator, params, seed }: TrainOptions, run: TaskRun): Promise<Trained> {
    const { signal } = run;
    const onProgress = (share: number): void => run.progress(share * FIT_SHARE, 'fit');
    const model = await fit(estimator, training, params, { seed, signal, workers: availableParallelism(), onProgress });
    const baseline = await fit('baseline', training, {}, { seed, signal });
    run.progress(FIT_SHARE, 'test');
    return { model, metrics: evaluate(model, test), baselineMetrics: evaluate(baseline, test) };
  }

  private async report(version: ModelVersion, { rows, skipped }: { rows: number; skipped: boolean }): Promise<TrainReport> {
    const { aliases } = await this.registry.find(version.model);
    return {
      model: version.model,
      version: version.version,
      rows,
      metrics: version.metrics,
      baseline_metrics: version.baselineMetrics,
      promoted: aliases[PRODUCTION] === version.version,
      skipped,
    };
  }
}

/** Names everything that the model depends on. */
function fingerprintOf(
  { target, estimator, params, validation, seed }: TrainOptions,
  { snapshot, features, problem }: TrainingPlan,
): string {
  const facts = [RECIPE, snapshot.table, snapshot.version, target, problem, features, estimator, params, validation, seed];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function describe(
  { model, version, metrics, baseline_metrics: baseline, promoted }: TrainReport,
  rows: number,
  milliseconds: number,
): string {
  const deciding = Object.values(DECIDING_METRIC).filter((name) => name in metrics);
  const figures = deciding
    .map((name) => `${name} ${metrics[name].toFixed(3)} (baseline ${baseline[name].toFixed(3)})`)
    .join(', ');
  const fate = promoted ? 'promoted to production' : 'no better than its baseline, not promoted';
  return `${model}: version ${version} from ${rows.toLocaleString('en')} rows in ${(milliseconds / 1000).toFixed(1)} s, ${figures}; ${fate}`;
}
