import { addRows, cellsOf, type Design, multiplyRows } from './design.js';
import { softmax } from './linear-model.js';
import type { Objective } from './newton.js';
import { type Pace, SLICE } from './pace.js';

export interface Labels {
  readonly classes: number;
  /** Index of the class of each row. */
  readonly codes: Int32Array;
  /** By class; empty when all weigh the same. */
  readonly classWeights: readonly number[];
}

/**
 * The log loss of a linear model of classes, each row as often as its class weighs, plus half the penalty times the squares of
 * the weights, without the intercepts. Two classes have one vector of weights (logistic), more have one each (softmax).
 * The unknowns are columns × outputs, then the intercepts.
 */
export class LogisticLoss implements Objective {
  readonly unknowns: number;
  readonly weight: number;
  private readonly outputs: number;
  private readonly block: number;
  /** Of the last point at which it was evaluated: rows × outputs. */
  private readonly probabilities: Float64Array;

  constructor(
    private readonly design: Design,
    private readonly labels: Labels,
    private readonly penalty: number,
    private readonly pace: Pace,
  ) {
    this.outputs = labels.classes === 2 ? 1 : labels.classes;
    this.unknowns = (design.columns + 1) * this.outputs;
    this.probabilities = new Float64Array(design.rows * this.outputs);
    this.block = Math.ceil(SLICE / this.rowCost);
    this.weight = labels.codes.reduce((sum, code) => sum + this.weightOf(code), 0);
  }

  private get rowCost(): number {
    return 2 * (cellsOf(this.design) + 8) * this.outputs;
  }

  async evaluate(point: Float64Array, gradient: Float64Array): Promise<number> {
    let loss = 0;
    await this.inBlocks(point, gradient, (scores, from) => {
      loss += this.lossOf(scores, from);
      this.toProbabilities(scores);
      this.probabilities.set(scores, from * this.outputs);
      return this.subtractTruth(scores, from);
    });
    return loss + this.addPenalty(point, gradient);
  }

  async curve(direction: Float64Array, product: Float64Array): Promise<void> {
    const { outputs, probabilities } = this;
    await this.inBlocks(direction, product, (moves, from) => {
      for (let row = 0, at = 0; at < moves.length; row++, at += outputs) {
        const own = (from + row) * outputs;
        let mean = 0;
        for (let k = 0; k < outputs; k++) mean += probabilities[own + k] * moves[at + k];
        const weight = this.weightOf(this.labels.codes[from + row]);
        for (let k = 0; k < outputs; k++) moves[at + k] = weight * probabilities[own + k] * (moves[at + k] - mean);
      }
      return moves;
    });
    this.addPenalty(direction, product);
  }

  private weightOf(code: number): number {
    return this.labels.classWeights[code] ?? 1;
  }

  /** Multiplies each block of rows with a vector, and adds the rows times what `weigh` makes of the products to another. */
  private async inBlocks(
    vector: Float64Array,
    sums: Float64Array,
    weigh: (products: Float64Array, from: number) => Float64Array,
  ): Promise<void> {
    const { design, outputs, block } = this;
    const intercepts = design.columns * outputs;
    sums.fill(0);
    for (let from = 0; from < design.rows; from += block) {
      const rows = Math.min(block, design.rows - from);
      const products = new Float64Array(rows * outputs);
      for (let at = 0; at < products.length; at += outputs) products.set(vector.subarray(intercepts), at);
      multiplyRows(design, vector, outputs, products, from);
      const weights = weigh(products, from);
      addRows(design, weights, outputs, sums, from);
      for (let at = 0; at < weights.length; at++) sums[intercepts + (at % outputs)] += weights[at];
      await this.pace.spend(rows * this.rowCost);
    }
  }

  /** −ln of the probability of what is true, from the scores, where it cannot be infinite. */
  private lossOf(scores: Float64Array, from: number): number {
    const { outputs } = this;
    let loss = 0;
    for (let row = 0, at = 0; at < scores.length; row++, at += outputs) {
      const code = this.labels.codes[from + row];
      if (outputs === 1) loss += this.weightOf(code) * softplus(code === 1 ? -scores[at] : scores[at]);
      else loss += this.weightOf(code) * (logSumOfPowers(scores, at, outputs) - scores[at + code]);
    }
    return loss;
  }

  private toProbabilities(scores: Float64Array): void {
    if (this.outputs > 1) softmax(scores, this.outputs);
    else for (let at = 0; at < scores.length; at++) scores[at] = 1 / (1 + Math.exp(-scores[at]));
  }

  private subtractTruth(probabilities: Float64Array, from: number): Float64Array {
    const { outputs } = this;
    for (let row = 0, at = 0; at < probabilities.length; row++, at += outputs) {
      const code = this.labels.codes[from + row];
      if (outputs > 1) probabilities[at + code]--;
      else probabilities[at] -= code;
      for (let k = 0; k < outputs; k++) probabilities[at + k] *= this.weightOf(code);
    }
    return probabilities;
  }

  /** @returns the penalty itself */
  private addPenalty(point: Float64Array, gradient: Float64Array): number {
    let squares = 0;
    for (let i = 0; i < this.design.columns * this.outputs; i++) {
      gradient[i] += this.penalty * point[i];
      squares += point[i] * point[i];
    }
    return (this.penalty * squares) / 2;
  }
}

const softplus = (score: number): number => Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));

function logSumOfPowers(scores: Float64Array, start: number, width: number): number {
  let largest = -Infinity;
  for (let k = 0; k < width; k++) largest = Math.max(largest, scores[start + k]);
  let sum = 0;
  for (let k = 0; k < width; k++) sum += Math.exp(scores[start + k] - largest);
  return largest + Math.log(sum);
}
