/** Histograms of nodes that wait to be split, used again and again. */
export class HistogramPool {
  private readonly free: Float64Array[] = [];

  constructor(private readonly length: number) {}

  /** @returns one full of zeros */
  take(): Float64Array {
    return this.free.pop()?.fill(0) ?? new Float64Array(this.length);
  }

  give(histogram: Float64Array): void {
    this.free.push(histogram);
  }
}

/** What is left of `whole` without `part`, in place of `whole`. */
export function subtract(whole: Float64Array, part: Float64Array): Float64Array {
  for (let i = 0; i < whole.length; i++) whole[i] -= part[i];
  return whole;
}
