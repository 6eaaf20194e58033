import type { ClassLabel, Feature, FeatureColumn, Model, Problem, RawValue, Standard } from '../estimator.types.js';
import { assertRowLengths, columnsOf, numberOf } from '../feature-input.js';
import { writeScaledModel } from './scaled-file.js';

/** Deviations from the mean; 0 where nothing ever varied. NaN stays NaN. */
export const standardise = (value: number, { mean, deviation }: Standard): number =>
  deviation === 0 ? value * 0 : (value - mean) / deviation;

/** A model of standardised numbers behind their means and deviations: it takes them as they were measured. */
export class ScaledModel implements Model {
  readonly estimator: string;
  readonly problem: Problem;
  readonly features: readonly Feature[];
  readonly classes: readonly ClassLabel[];

  /** @param standards of each feature of the model; undefined where it is taken as it is */
  constructor(
    private readonly standards: readonly (Standard | undefined)[],
    private readonly model: Model,
  ) {
    ({ estimator: this.estimator, problem: this.problem, features: this.features, classes: this.classes } = model);
  }

  predict(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.model.predict(this.scaleRows(rows));
  }

  predictProbability(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.model.predictProbability(this.scaleRows(rows));
  }

  predictColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.model.predictColumns(this.scaleColumns(columns));
  }

  predictProbabilityColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.model.predictProbabilityColumns(this.scaleColumns(columns));
  }

  importances(): number[] {
    return this.model.importances();
  }

  serialise(): Uint8Array {
    return writeScaledModel(this.standards, this.model);
  }

  private scaleRows(rows: readonly (readonly RawValue[])[]): RawValue[][] {
    assertRowLengths(rows, this.features);
    return rows.map((row) => row.map((value, index) => this.scaleCell(value, index)));
  }

  private scaleCell(value: RawValue, index: number): RawValue {
    const standard = this.standards[index];
    return standard ? standardise(numberOf(value, this.features[index].name), standard) : value;
  }

  private scaleColumns(columns: readonly FeatureColumn[]): FeatureColumn[] {
    return columnsOf(this.features, columns).map((column, index) => scaleColumn(column, this.standards[index]));
  }
}

export const scaleColumn = (column: FeatureColumn, standard: Standard | undefined): FeatureColumn =>
  standard && column.type === 'number'
    ? { ...column, values: column.values.map((value) => standardise(value, standard)) }
    : column;
