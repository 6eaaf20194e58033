import { Injectable } from '@nestjs/common';
import { RecurringWork } from '../events/recurring-work.js';
import { ModelClaims } from './model-claims.js';
import { ModelFiles } from './model-files.js';

const EVERY_MS = 15 * 60_000;
/** Writing two files takes seconds. Whoever takes longer than this and lives has to register again. */
const ABANDONED_MS = 60 * 60_000;

/** Removes the files of registrations that a crash broke off, and what is left of deleted versions. */
@Injectable()
export class ModelSweep extends RecurringWork {
  constructor(
    private readonly claims: ModelClaims,
    private readonly files: ModelFiles,
  ) {
    super(EVERY_MS, 'The files of abandoned model versions stay for now');
  }

  async work(): Promise<void> {
    const swept = await this.sweep(ABANDONED_MS);
    if (swept > 0) {
      this.logger.log(`The files of ${swept} model version(s) that never came to be, or were deleted, are removed`);
    }
  }

  /**
   * Several processes may sweep at the same time.
   * @param olderThanMs age from which a registration without a version is taken for dead
   * @returns of how many versions it removed the files
   */
  async sweep(olderThanMs: number): Promise<number> {
    const condemned = await this.claims.condemned(olderThanMs);
    for (const claim of condemned) await this.files.discard(claim);
    return condemned.length;
  }
}
