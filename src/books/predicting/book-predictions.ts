import { Injectable } from '@nestjs/common';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { FeatureMismatchError } from '../../prediction/prediction.errors.js';
import { type Prediction, PredictionService } from '../../prediction/prediction.service.js';
import { AliasNotFoundError, ModelNotFoundError } from '../../registry/registry.errors.js';
import type { ModelVersion } from '../../registry/registry.types.js';
import { ForeignBookModelError, NoBookModelError } from './predicting.errors.js';
import type { PriceAnswer, PriceQuestion, RatingAnswer, RatingQuestion } from './predicting.schema.js';

/** Trained by the pipeline `books`, whose tasks have these names. */
const MODELS = { price: 'books_price', rating: 'books_rating' } as const;
const TASKS = { price: 'train_price', rating: 'train_rating' } as const;

type Told = keyof typeof MODELS;
type Cells = Readonly<Record<string, number | string | null>>;

/** What a price or a rating would be, by the models in production, and how much that is worth. */
@Injectable()
export class BookPredictions {
  constructor(private readonly prediction: PredictionService) {}

  /** @throws {NoBookModelError | ForeignBookModelError} @throws what {@link PredictionService.predict} throws else */
  async price({ title, description, ...others }: PriceQuestion): Promise<PriceAnswer> {
    const { version, value } = await this.ask('price', { ...others, title: title ?? null, description: description ?? null });
    const { metrics, baselineMetrics } = version;
    return {
      predicted_price: inPence(value),
      ...namesOf(version),
      beats_baseline: metrics.rmse < baselineMetrics.rmse,
      mae: Number.isFinite(metrics.mae) ? inPence(metrics.mae) : null,
    };
  }

  /** What the question leaves open counts as missing. @throws the same as {@link price} */
  async rating(input: RatingQuestion): Promise<RatingAnswer> {
    const { version, value } = await this.ask('rating', { ...input, availability: null, title: null, description: null });
    const { metrics, baselineMetrics } = version;
    return {
      predicted_rating: value,
      input,
      ...namesOf(version),
      beats_baseline: metrics.log_loss < baselineMetrics.log_loss,
      accuracy: Number.isFinite(metrics.accuracy) ? metrics.accuracy : null,
    };
  }

  private async ask(told: Told, cells: Cells): Promise<{ version: ModelVersion; value: number }> {
    const { version, predictions } = await this.predict(told, cells);
    const value = Number(predictions[0]);
    if (!Number.isFinite(value)) throw new ForeignBookModelError(MODELS[told], `it says ${predictions[0]}, which is no ${told}.`);
    return { version, value };
  }

  private async predict(told: Told, cells: Cells): Promise<Prediction> {
    try {
      return await this.prediction.predict({ model_name: MODELS[told], records: [cells] });
    } catch (error) {
      if (error instanceof ModelNotFoundError || error instanceof AliasNotFoundError) {
        throw new NoBookModelError(MODELS[told], TASKS[told]);
      }
      // The cells were checked already: what does not fit is the model.
      if (error instanceof FeatureMismatchError || error instanceof InvalidInputError) {
        throw new ForeignBookModelError(MODELS[told], error.message);
      }
      throw error;
    }
  }
}

const namesOf = ({ model, version, estimator }: ModelVersion): { model: string; estimator: string } => ({
  model: `${model}:${version}`,
  estimator,
});

const inPence = (pounds: number): number => Math.round(100 * pounds) / 100;
