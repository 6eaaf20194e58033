import { Injectable } from '@nestjs/common';
import { RecurringWork } from '../events/recurring-work.js';
import { AuditLog } from './audit/audit-log.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';

const HOUR_MS = 3_600_000;

/** Deletes what is past its time. */
@Injectable()
export class AuthRetention extends RecurringWork {
  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly auditLog: AuditLog,
  ) {
    super(HOUR_MS, 'Old sessions and audit entries stay for another hour');
  }

  protected async work(): Promise<void> {
    await this.refreshTokens.purge();
    await this.auditLog.trim();
  }
}
