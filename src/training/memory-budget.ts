import { Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import type { FitSize } from '../estimators/estimator.types.js';
import { findEstimator } from '../estimators/estimators.service.js';
import { DatasetTooLargeError } from './training.errors.js';

/**
 * Bytes of memory at the peak of a training, a little above what was measured: the columns as read with their copies on both sides
 * of the hold-out and their bins, the order of the rows in each thread, and the threads themselves.
 */
const PER_CELL = 26;
const PER_ROW = 200;
/** Of text: the strings here and in the thread, two bytes a character where there are other letters, and the words of both. */
const PER_TEXT_BYTE = 6;
const AT_ALL = 64 * 2 ** 20;

export interface TrainingSize extends FitSize {
  readonly estimator: string;
  /** As a caller gives them, and checked. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Of text in a row; 0 as long as it is not known. */
  readonly textBytes?: number;
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
    const bytes = bytesOf(size);
    if (bytes <= this.limit) return;
    const features = size.numbers + size.categories;
    throw new DatasetTooLargeError({ rows: size.rows, features, bytes }, this.limit, this.fittingRows(size));
  }

  /** The most rows of the kind that fit, by halving. */
  private fittingRows(size: TrainingSize): number {
    let [fitting, tooMany] = [0, size.rows];
    while (tooMany - fitting > 1) {
      const rows = Math.floor((fitting + tooMany) / 2);
      if (bytesOf({ ...size, rows }) <= this.limit) fitting = rows;
      else tooMany = rows;
    }
    return fitting;
  }
}

function bytesOf({ estimator, params, textBytes = 0, ...size }: TrainingSize): number {
  const { params: schema, ownBytes } = findEstimator(estimator);
  const own = ownBytes?.(size, schema.parse(params)) ?? 0;
  const perRow = (size.numbers + size.categories) * PER_CELL + textBytes * PER_TEXT_BYTE + PER_ROW;
  return Math.round(AT_ALL + size.rows * perRow + own);
}
