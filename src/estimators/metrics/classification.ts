import { likeliestClasses } from '../class-vote.js';
import { areaUnderRoc } from './ranking.js';

/** A truth that the model does not know as a class. */
export const UNKNOWN_CLASS = -1;

/**
 * Accuracy; precision, recall and F1 (of the last class where there are two, else the mean over the classes that occur; 0
 * where nothing was predicted or nothing was there); ROC AUC (of the last class where there are two, else the mean of each class
 * against the rest; absent when no class can be told apart); log loss.
 * @param truth index of the class of each row, or `UNKNOWN_CLASS`
 * @param probabilities rows × classes, row-major
 */
export function classificationMetrics(truth: Int32Array, probabilities: Float64Array, classes: number): Record<string, number> {
  const predicted = likeliestClasses(probabilities, classes);
  const judged =
    classes === 2 ? [score(truth, predicted, 1)] : occurring(truth, predicted, classes).map((k) => score(truth, predicted, k));
  const auc = rocAuc(truth, probabilities, classes);
  return {
    accuracy: mean(Array.from(truth, (k, row) => Number(k === predicted[row]))),
    precision: mean(judged.map(({ precision }) => precision)),
    recall: mean(judged.map(({ recall }) => recall)),
    f1: mean(judged.map(({ f1 }) => f1)),
    ...(!Number.isNaN(auc) && { roc_auc: auc }),
    log_loss: logLoss(truth, probabilities, classes),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function occurring(truth: Int32Array, predicted: Float64Array, classes: number): number[] {
  const there = new Set<number>([...truth, ...predicted]);
  return Array.from({ length: classes }, (_, k) => k).filter((k) => there.has(k));
}

function score(truth: Int32Array, predicted: Float64Array, positive: number): { precision: number; recall: number; f1: number } {
  let hits = 0;
  let claimed = 0;
  let there = 0;
  for (let row = 0; row < truth.length; row++) {
    const isThere = truth[row] === positive;
    const isClaimed = predicted[row] === positive;
    there += Number(isThere);
    claimed += Number(isClaimed);
    hits += Number(isThere && isClaimed);
  }
  return { precision: hits / (claimed || 1), recall: hits / (there || 1), f1: (2 * hits) / (claimed + there || 1) };
}

function rocAuc(truth: Int32Array, probabilities: Float64Array, classes: number): number {
  const judged = classes === 2 ? [1] : Array.from({ length: classes }, (_, k) => k);
  const areas = judged.map((positive) => {
    const isClass = Uint8Array.from(truth, (k) => Number(k === positive));
    return areaUnderRoc(
      isClass,
      Float64Array.from(truth, (_, row) => probabilities[row * classes + positive]),
    );
  });
  return mean(areas.filter((area) => !Number.isNaN(area)));
}

/** Mean of −ln p of what was true, with p kept off 0 and 1 by the machine's epsilon, so that one sure mistake costs 36 and not infinity. */
function logLoss(truth: Int32Array, probabilities: Float64Array, classes: number): number {
  let total = 0;
  for (let row = 0; row < truth.length; row++) {
    const probability = truth[row] === UNKNOWN_CLASS ? 0 : probabilities[row * classes + truth[row]];
    total -= Math.log(Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON));
  }
  return total / truth.length;
}
