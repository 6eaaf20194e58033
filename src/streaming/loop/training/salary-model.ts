import { z } from 'zod';
import type { Model } from '../../../estimators/estimator.types.js';
import type { ModelVersion } from '../../../registry/registry.types.js';
import { ForeignSalaryModelError } from '../loop.errors.js';
import { ScalerParameters } from '../normalising/parameters.js';

export const MODEL = 'loop_salario';
/** In the order in which the model takes them. */
export const FEATURES = ['idade', 'idh', 'cargo'] as const;

/** What the trainer keeps with a version, beside the parameters of the forest. */
export const TrainedOn = z.object({
  normalizer: ScalerParameters,
  /** Generations, both inclusive. */
  generations: z.object({ from: z.int().min(0), through: z.int().min(0) }),
});
export type TrainedOn = z.output<typeof TrainedOn>;

/** What somebody knows of a person. */
export interface SalaryQuestion {
  readonly idade: number;
  readonly idh?: number;
  readonly cargo?: string;
}

type Row = [number, number, string];

/** A version of the model, and how it fills what a question leaves open. */
export class SalaryModel {
  readonly id: string;
  readonly trainedOn: TrainedOn;
  private readonly cargos: readonly (readonly [string, number])[];

  /** @throws {ForeignSalaryModelError} */
  constructor(
    readonly version: ModelVersion,
    private readonly model: Model,
  ) {
    const trainedOn = TrainedOn.safeParse(version.params);
    const names = model.features.map(({ name }) => name).join();
    const isOurs = trainedOn.success && model.problem === 'regression' && names === FEATURES.join();
    if (!isOurs) throw new ForeignSalaryModelError(version.model, version.version);
    this.trainedOn = trainedOn.data;
    this.id = `${version.model}:${version.version}`;
    this.cargos = Object.entries(this.trainedOn.normalizer.cargos);
  }

  /**
   * Without an idh it is that of the mean; without a cargo, or with one that the model never saw, the answer is the mean over all
   * cargos, each as often as people have it.
   * @returns reais a month
   */
  predict(questions: readonly SalaryQuestion[]): Float64Array {
    const filled = questions.map((question) => this.fill(question));
    const answers = this.model.predict(filled.flatMap(({ rows }) => rows));
    let at = 0;
    return Float64Array.from(filled, ({ weights }) => weights.reduce((sum, weight) => sum + weight * answers[at++], 0));
  }

  private fill({ idade, idh, cargo }: SalaryQuestion): { rows: Row[]; weights: number[] } {
    const { numbers, cargos } = this.trainedOn.normalizer;
    const place = idh ?? numbers.idh.mean;
    if (cargo !== undefined && Object.hasOwn(cargos, cargo)) return { rows: [[idade, place, cargo]], weights: [1] };
    return { rows: this.cargos.map(([name]) => [idade, place, name]), weights: this.cargos.map(([, share]) => share) };
  }
}
