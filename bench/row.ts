/** One line of the table: what was measured, ours beside the peer's or the limit's, and what is wanted of it. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer?: string;
  /** Ours by the peer's. */
  readonly ratio?: number;
  readonly wanted?: string;
}

export interface BenchSettings {
  /** A folder of data that is not shipped: of the Numenta Anomaly Benchmark. */
  readonly data?: string | undefined;
  /** Whether Spark competes where it can, which takes minutes. */
  readonly spark?: boolean | undefined;
}

export interface Bench {
  readonly name: string;
  run(settings: BenchSettings): Promise<readonly Row[]>;
}

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Of pairs that ran one after the other, so that a machine that slows down slows both. */
export const medianRatio = (ours: readonly number[], peers: readonly number[]): number =>
  median(ours.map((value, index) => value / peers[index]));

export const seconds = (value: number): string => `${value.toFixed(2)} s`;

export const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
