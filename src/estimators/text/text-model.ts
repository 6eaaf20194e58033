import type { ClassLabel, Feature, FeatureColumn, Model, Problem, RawValue } from '../estimator.types.js';
import { assertRowLengths, columnsOf } from '../feature-input.js';
import type { TextEncoding } from './text-encoding.js';
import { writeTextModel } from './text-file.js';

/** A model of numbers and categories behind the encoding of its texts: it takes them as they were written. */
export class TextModel implements Model {
  readonly estimator: string;
  readonly problem: Problem;
  readonly features: readonly Feature[];
  readonly classes: readonly ClassLabel[];

  constructor(
    private readonly encoding: TextEncoding,
    private readonly model: Model,
  ) {
    ({ estimator: this.estimator, problem: this.problem, classes: this.classes } = model);
    this.features = encoding.features;
  }

  predict(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.model.predict(this.encodeRows(rows));
  }

  predictProbability(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.model.predictProbability(this.encodeRows(rows));
  }

  predictColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.model.predictColumns(this.encodeColumns(columns));
  }

  predictProbabilityColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.model.predictProbabilityColumns(this.encodeColumns(columns));
  }

  importances(): number[] {
    return this.encoding.sumUp(this.model.importances());
  }

  serialise(): Uint8Array {
    return writeTextModel(this.encoding, this.model);
  }

  private encodeRows(rows: readonly (readonly RawValue[])[]): RawValue[][] {
    assertRowLengths(rows, this.features);
    return this.encoding.encodeRows(rows);
  }

  private encodeColumns(columns: readonly FeatureColumn[]): FeatureColumn[] {
    return this.encoding.encodeColumns(columnsOf(this.features, columns));
  }
}
