import { fit } from '../../estimators/estimators.service.js';
import { evaluate } from '../../estimators/evaluation.estimator.js';
import { beatsBaseline } from '../gate.js';
import type { Learnt, Lesson } from '../lesson.types.js';
import { split } from './split.js';

export interface Step {
  /** Done of the whole, 0 to 1. */
  readonly share: number;
  readonly message: string;
}

/** Of the work; the test has the rest. */
const FIT_SHARE = 0.9;

/** Holds out, fits, and tests beside the baseline. */
export async function learn(lesson: Lesson, onStep: (step: Step) => void): Promise<Learnt> {
  const { estimator, params, seed, workers, text, scaling } = lesson;
  const { training, test } = split(lesson.set, lesson.groups, lesson.validation, seed);
  const onProgress = (share: number): void => onStep({ share: share * FIT_SHARE, message: 'fit' });
  const model = await fit(estimator, training, params, { seed, workers, onProgress, text, scaling });
  onStep({ share: FIT_SHARE, message: 'test' });
  const baseline = await fit('baseline', training, {}, { seed });
  const metrics = evaluate(model, test);
  const baselineMetrics = evaluate(baseline, test);
  const beats = beatsBaseline(model.problem, metrics, baselineMetrics);
  const fallsBack = lesson.fallback !== undefined && !beats;
  const kept = fallsBack ? baseline : model;
  return {
    file: kept.serialise(),
    ...(fallsBack ? { estimator: 'baseline', params: {}, outdone: { estimator, metrics } } : { estimator, params }),
    metrics: fallsBack ? baselineMetrics : metrics,
    baselineMetrics,
    isBest: beats || fallsBack,
    importances: kept.importances(),
    ...{ trainingRows: training.rows, testRows: test.rows },
  };
}
