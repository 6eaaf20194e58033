import type { Inspection } from './data/table-profile.js';
import type { TrainingPlan } from './data/training-plan.js';
import { DECIDING_METRIC } from './gate.js';
import type { Learnt } from './lesson.types.js';
import type { TrainOptions, TrainReport } from './train.schema.js';

/** What a training is about to do, for its log. */
export function announce(
  { estimator, target, seed }: TrainOptions,
  { snapshot, validation, text }: TrainingPlan,
  { features, sampledRows }: Inspection,
): string {
  const columns = features.map(({ name, type }) => (type === 'text' ? `the words of ${name}` : name)).join(', ');
  const words = text ? `, texts ${JSON.stringify(text)}` : '';
  const rows = `${sampledRows.toLocaleString('en')} rows of ${snapshot.table}, version ${snapshot.version}`;
  return `${estimator} learns "${target}" from ${columns}: ${rows}, held out ${JSON.stringify(validation)}${words}, seed ${seed}`;
}

/** What came of it. */
export function describe(
  { model, version, metrics, baseline_metrics: baseline, promoted, outdone }: TrainReport,
  { trainingRows, testRows }: Learnt,
  milliseconds: number,
): string {
  const tested = outdone?.metrics ?? metrics;
  const deciding = Object.values(DECIDING_METRIC).filter((name) => name in tested);
  const figures = deciding.map((name) => `${name} ${tested[name].toFixed(3)} (baseline ${baseline[name].toFixed(3)})`).join(', ');
  const rows = `${trainingRows.toLocaleString('en')} rows, tested on ${testRows.toLocaleString('en')}`;
  const what = `${model}: version ${version} from ${rows}, in ${(milliseconds / 1000).toFixed(1)} s, ${figures}`;
  if (outdone) {
    return `${what}; ${outdone.estimator} is no better than its baseline, which is promoted to production in its place`;
  }
  return `${what}; ${promoted ? 'promoted to production' : 'no better than its baseline, not promoted'}`;
}
