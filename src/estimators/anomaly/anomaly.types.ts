import type { z } from 'zod';

/** The squares of larger ones could not be summed. */
export const LARGEST_VALUE = 1e100;

export interface Finding {
  /** From 0 to 1; from 0.5 on it is beyond the limit of the detector. */
  readonly score: number;
  /** What would have been no surprise; null where there is no single such value, or too little has been seen. */
  readonly expected: number | null;
  /** In words, when the score is 0.5 or more; else empty. */
  readonly reason: string;
}

/** What it knows is bounded, whatever the length of the stream. The same values in the same order give the same findings. */
export interface Detector {
  /**
   * Judges by what came before, and learns it then.
   * @param values as many as the detector was opened for, none beyond ±{@link LARGEST_VALUE}
   * @param time milliseconds since 1970, of the value itself
   */
  observe(values: ArrayLike<number>, time: number): Finding;
  /** All that it knows: opened with it, a detector goes on as if nothing had been between. A copy. */
  state(): Float64Array;
}

/** A way to find anomalies, by name. */
export interface DetectorKind {
  readonly name: string;
  readonly description: string;
  readonly params: z.ZodType;
  /** `one`: of a single series; `many`: of several variables together. */
  readonly takes: 'one' | 'many';
  /**
   * @param params as {@link params} has them; what is absent is as by default
   * @param inputs how many values each observation has
   * @param state of a detector of the same kind, parameters and inputs
   * @throws {RangeError} when the state has another length
   */
  open(params?: unknown, inputs?: number, state?: Float64Array): Detector;
}
