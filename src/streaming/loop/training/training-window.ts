import type { TrainingSet } from '../../../estimators/estimator.types.js';

export interface Example {
  readonly generation: number;
  readonly idade: number;
  readonly idh: number;
  readonly cargo: string;
  /** Reais a month. */
  readonly salario: number;
}

/** The newest examples, in the order in which they came. */
export class TrainingWindow {
  private examples: Example[] = [];

  constructor(private readonly most: number) {}

  get rows(): number {
    return this.examples.length;
  }

  /** Generations, both inclusive; undefined when it is empty. */
  get generations(): { readonly from: number; readonly through: number } | undefined {
    const [first, last] = [this.examples[0], this.examples.at(-1)];
    return first && last && { from: first.generation, through: last.generation };
  }

  add(examples: readonly Example[]): void {
    for (const example of examples) this.examples.push(example);
    if (this.examples.length > this.most) this.examples = this.examples.slice(-this.most);
  }

  forgetBefore(generation: number): void {
    this.examples = this.examples.filter((example) => example.generation >= generation);
  }

  clear(): void {
    this.examples = [];
  }

  /** Arrays of its own: a thread may take them away. */
  set(): TrainingSet {
    const { examples } = this;
    const categories = [...new Set(examples.map(({ cargo }) => cargo))].sort();
    const codes = new Map(categories.map((cargo, code) => [cargo, code]));
    return {
      rows: examples.length,
      features: [
        { name: 'idade', type: 'number', values: Float64Array.from(examples, ({ idade }) => idade) },
        { name: 'idh', type: 'number', values: Float64Array.from(examples, ({ idh }) => idh) },
        { name: 'cargo', type: 'category', categories, codes: Int32Array.from(examples, ({ cargo }) => codes.get(cargo) ?? -1) },
      ],
      target: { problem: 'regression', values: Float64Array.from(examples, ({ salario }) => salario) },
    };
  }
}
