import { z } from 'zod';
import { likeliestClasses, noProbabilities } from './class-vote.js';
import type { Estimator } from './estimator.js';
import type { ClassLabel, Feature, FeatureColumn, Model, Problem, RawValue, Target, TrainingSet } from './estimator.types.js';
import { CorruptModelError } from './estimators.errors.js';
import { assertRowLengths, columnsOf, rowsOf } from './feature-input.js';
import { arrayOf, type ModelFile, writeModelFile } from './model-file.js';

const BaselineParams = z.strictObject({});

/** What any model has to beat: the mean of the target, or the share of each class. */
export const baseline: Estimator<z.infer<typeof BaselineParams>> = {
  name: 'baseline',
  problems: ['regression', 'classification'],
  description:
    'Predicts the mean of the target, or the shares of the classes, whatever the row: the yardstick for every other estimator. Missing values, categories and texts play no part.',
  params: BaselineParams,
  looksAtNothing: true,
  fit: async (set, _params, { onProgress }) => {
    const model = new BaselineModel(set.target.problem, featuresOf(set), classesOf(set.target), answerOf(set.target));
    onProgress?.(1);
    return model;
  },
  load: (file) => {
    const width = file.problem === 'regression' ? 1 : file.classes.length;
    const answer = arrayOf(file, 'answer', 'float64', width);
    const sum = answer.reduce((total, share) => total + share, 0);
    const sound =
      file.problem === 'regression' ? Number.isFinite(sum) : answer.every((share) => share >= 0) && Math.abs(sum - 1) < 1e-9;
    if (!sound) throw new CorruptModelError('its answer is no mean and no shares');
    return new BaselineModel(file.problem, file.features, file.classes, answer);
  },
};

const featuresOf = ({ features }: TrainingSet): Feature[] => features.map(({ name, type }) => ({ name, type }));
const classesOf = (target: Target): readonly ClassLabel[] => (target.problem === 'classification' ? target.classes : []);

/** The mean, or the share of each class. Divides before it sums, so that huge values stay finite. */
function answerOf(target: Target): Float64Array {
  if (target.problem === 'regression') {
    return Float64Array.of(target.values.reduce((mean, value) => mean + value / target.values.length, 0));
  }
  const counts = new Float64Array(target.classes.length);
  for (const code of target.codes) counts[code]++;
  return counts.map((count) => count / target.codes.length);
}

class BaselineModel implements Model {
  readonly estimator = 'baseline';

  constructor(
    readonly problem: Problem,
    readonly features: readonly Feature[],
    readonly classes: readonly ClassLabel[],
    private readonly answer: Float64Array,
  ) {}

  predict(rows: readonly (readonly RawValue[])[]): Float64Array {
    assertRowLengths(rows, this.features);
    return this.repeat(rows.length);
  }

  predictProbability(rows: readonly (readonly RawValue[])[]): Float64Array {
    assertRowLengths(rows, this.features);
    return this.shares(rows.length);
  }

  predictColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.repeat(rowsOf(columnsOf(this.features, columns)));
  }

  predictProbabilityColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.shares(rowsOf(columnsOf(this.features, columns)));
  }

  importances(): number[] {
    return this.features.map(() => 0);
  }

  serialise(): Uint8Array {
    const { estimator, problem, features, classes } = this;
    return writeModelFile({
      estimator,
      problem,
      features: [...features],
      classes: [...classes],
      state: {},
      arrays: { answer: this.answer },
    } satisfies ModelFile<Feature>);
  }

  private repeat(rows: number): Float64Array {
    if (this.problem === 'regression') return new Float64Array(rows).fill(this.answer[0]);
    return new Float64Array(rows).fill(likeliestClasses(this.answer, this.classes.length)[0]);
  }

  private shares(rows: number): Float64Array {
    if (this.problem === 'regression') throw noProbabilities();
    const width = this.classes.length;
    const shares = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) shares.set(this.answer, row * width);
    return shares;
  }
}
