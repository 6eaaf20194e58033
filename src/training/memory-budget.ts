import { Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import { findEstimator } from '../estimators/estimators.service.js';
import { DatasetTooLargeError } from './training.errors.js';

/**
 * Bytes of memory at the peak of a training, a little above what was measured: the columns as read with their copies on both sides
 * of the hold-out and their bins, the order of the rows in each thread, and the threads themselves.
 */
const PER_CELL = 26;
const PER_ROW = 200;
const AT_ALL = 64 * 2 ** 20;
/** Of one tree whose leaves have one row, for each row: its nodes, and their copies on the way into the file. */
const PER_LEAF = 35;

export interface TrainingSize {
  readonly rows: number;
  readonly features: number;
  readonly estimator: string;
  /** As a caller gives them, and checked. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** How much memory one training may take. */
@Injectable()
export class MemoryBudget {
  /** Bytes. */
  readonly limit: number;

  constructor({ trainMemoryLimit, trainConcurrency }: LabConfig) {
    this.limit = Math.floor(trainMemoryLimit / trainConcurrency);
  }

  /** Before anything is read. @throws {DatasetTooLargeError} */
  assertFits(size: TrainingSize): void {
    const perRow = bytesPerRow(size);
    const bytes = Math.round(AT_ALL + size.rows * perRow);
    if (bytes <= this.limit) return;
    const fitting = Math.max(0, Math.floor((this.limit - AT_ALL) / perRow));
    throw new DatasetTooLargeError({ ...size, bytes }, this.limit, fitting);
  }
}

function bytesPerRow({ features, estimator, params }: TrainingSize): number {
  const { n_trees: trees, min_samples_leaf: leaf } = findEstimator(estimator).params.parse(params);
  const perTree = PER_LEAF / (typeof leaf === 'number' ? leaf : 1);
  return features * PER_CELL + PER_ROW + (typeof trees === 'number' ? trees * perTree : 0);
}
