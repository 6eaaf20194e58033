import { Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import type { ClassLabel, Model, RawValue } from '../estimators/estimator.types.js';
import type { ModelVersion } from '../registry/registry.types.js';
import { type RawInput, readRows } from './input-rows.js';
import { ModelCache } from './model-cache.js';
import { PredictionsBusyError, TooManyRowsError } from './prediction.errors.js';
import { PredictionTotalsService } from './prediction-totals.service.js';
import { inBlocks } from './row-blocks.js';
import { type ModelChoice, ServedVersions } from './served-versions.js';

export interface Prediction {
  /** The version that answered. */
  readonly version: ModelVersion;
  /** A number a row, or the likeliest class. */
  readonly predictions: ClassLabel[];
  /** Rows × classes; null for a regression. */
  readonly probabilities: number[][] | null;
  /** What the columns of the probabilities mean; empty for a regression. */
  readonly classes: readonly ClassLabel[];
}

/** Answers with the models of the registry. */
@Injectable()
export class PredictionService {
  private underWay = 0;

  constructor(
    private readonly served: ServedVersions,
    private readonly models: ModelCache,
    private readonly totals: PredictionTotalsService,
    private readonly config: LabConfig,
  ) {}

  /**
   * @param request raw values as the training set had them: encodings live in the model
   * @throws {InvalidInputError} naming row and column of the values that do not fit
   * @throws {FeatureMismatchError | TooManyRowsError}
   * @throws {PredictionsBusyError} rather than let requests wait for each other
   * @throws what {@link ServedVersions.find} and {@link RegistryService.load} throw
   */
  async predict(request: ModelChoice & RawInput): Promise<Prediction> {
    const count = (request.records ?? request.features ?? []).length;
    const { predictionMaxRows, predictionConcurrency } = this.config;
    if (count > predictionMaxRows) throw new TooManyRowsError(count, predictionMaxRows);
    if (this.underWay >= predictionConcurrency) throw new PredictionsBusyError(predictionConcurrency);
    this.underWay++;
    try {
      return await this.answer(request, count);
    } finally {
      this.underWay--;
    }
  }

  private async answer(request: ModelChoice & RawInput, count: number): Promise<Prediction> {
    const version = await this.served.find(request);
    const rows = await readRows(request, version.features);
    const model = await this.models.get(version);
    const answer = model.problem === 'regression' ? await regress(model, rows) : await classify(model, rows);
    this.totals.add(version.model, version.version, count);
    return { version, classes: model.classes, ...answer };
  }
}

type Answer = Pick<Prediction, 'predictions' | 'probabilities'>;

async function regress(model: Model, rows: readonly RawValue[][]): Promise<Answer> {
  const values: number[] = [];
  await inBlocks(rows.length, (from, to) => {
    for (const value of model.predict(rows.slice(from, to))) values.push(value);
  });
  return { predictions: values, probabilities: null };
}

/** The likeliest class is read off the probabilities: walking the model a second time would double the cost. */
async function classify(model: Model, rows: readonly RawValue[][]): Promise<Answer> {
  const { classes } = model;
  const labels: ClassLabel[] = [];
  const probabilities: number[][] = [];
  await inBlocks(rows.length, (from, to) => {
    const block = model.predictProbability(rows.slice(from, to));
    for (let start = 0; start < block.length; start += classes.length) {
      const shares = classes.map((_, index) => block[start + index]);
      probabilities.push(shares);
      labels.push(classes[likeliest(shares)]);
    }
  });
  return { predictions: labels, probabilities };
}

/** Of equal ones the first, as `predict` of a model has it. */
const likeliest = (shares: readonly number[]): number => shares.indexOf(Math.max(...shares));
