import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { AuditLog } from './audit/audit-log.js';
import { RefreshTokens } from './sessions/refresh-tokens.js';

const HOUR_MS = 3_600_000;

/** Every hour deletes what is past its time. That several processes do it does no harm. */
@Injectable()
export class AuthRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AuthRetention.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly auditLog: AuditLog,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.run();
    }, HOUR_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.refreshTokens.purge();
      await this.auditLog.trim();
    } catch (error) {
      this.logger.warn(`Old sessions and audit entries stay for another hour: ${String(error)}`);
    }
  }
}
