import type { Feature, Problem } from '../estimators/estimator.types.js';

/** By name; a metric that is not defined for its data is NaN. */
export type Metrics = Readonly<Record<string, number>>;

/** The alias that serves when a request names neither a version nor an alias. */
export const PRODUCTION = 'production';

export interface LearntFeature extends Feature {
  /** Its share of what the features tell the model; they sum to 1. Absent where it was not measured. */
  readonly importance?: number;
}

/** What a model learnt from, and how: everything about a version but where it is kept. */
export interface VersionFacts {
  readonly model: string;
  readonly type: Problem;
  readonly estimator: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** On the test rows. */
  readonly metrics: Metrics;
  /** Of the baseline on the same rows. */
  readonly baselineMetrics: Metrics;
  readonly dataset: { readonly name: string; readonly version: number };
  readonly features: readonly LearntFeature[];
  readonly target: string;
  /** The run that trained it; null when none did. */
  readonly runId: string | null;
  /** Names everything that the training depended on: the same fingerprint would train the same model. */
  readonly fingerprint: string | null;
}

export interface NewVersion extends VersionFacts {
  /** Of the model; without it, or when it is empty, the description stays as it is. */
  readonly description?: string;
  /** Points at the new version from the moment that it is there. */
  readonly alias?: string;
  /** The model as `serialise` gives it. */
  readonly file: Uint8Array;
}

/** A version whose files are complete. */
export interface ModelVersion extends VersionFacts {
  /** From 1, ascending, never given twice; there may be gaps. */
  readonly version: number;
  readonly createdAt: Date;
  /** Of the model file in the model storage. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the model file in hexadecimal. */
  readonly checksum: string;
}

export interface RegisteredModel {
  readonly name: string;
  readonly type: Problem;
  readonly description: string;
  /** Null when it has no version, or none any more. */
  readonly latestVersion: number | null;
  /** Version by alias. */
  readonly aliases: Readonly<Record<string, number>>;
}

/** Which version of a model is meant. */
export type VersionChoice = { readonly version: number } | { readonly alias: string };
