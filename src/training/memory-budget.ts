import { Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import { DatasetTooLargeError } from './training.errors.js';

/**
 * Bytes of memory at the peak of a training, a little above what was measured with random forests: the columns as read, their
 * copies on both sides of the hold-out, bins, and the rows of the trees in work.
 */
const PER_CELL = 24;
const PER_ROW = 64;
const AT_ALL = 64 * 2 ** 20;

/** How much memory one training may take. */
@Injectable()
export class MemoryBudget {
  /** Bytes. */
  readonly limit: number;

  constructor({ trainMemoryLimit, trainConcurrency }: LabConfig) {
    this.limit = Math.floor(trainMemoryLimit / trainConcurrency);
  }

  /** Before anything is read. @throws {DatasetTooLargeError} */
  assertFits(rows: number, features: number): void {
    const perRow = features * PER_CELL + PER_ROW;
    const bytes = AT_ALL + rows * perRow;
    if (bytes <= this.limit) return;
    const fitting = Math.max(0, Math.floor((this.limit - AT_ALL) / perRow));
    throw new DatasetTooLargeError({ rows, features, bytes }, this.limit, fitting);
  }
}
