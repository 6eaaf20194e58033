import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import type { AuditEntry, AuditQuery } from './audit.schema.js';
import { AuditEntryEntity } from './audit-entry.entity.js';

export type NewAuditEntry = Omit<AuditEntryEntity, 'id'>;

const FLUSH_MS = 250;
const RETRY_MS = 5_000;
// 8 parameters a row; PostgreSQL takes 65,535 in one statement.
const BATCH = 1_000;
// More than this at once is a flood, or a database that is away: the rest is counted, not kept.
const PENDING = 10_000;
const LONGEST_PATH = 1_024;

const KEPT_DAYS = 90;
const KEPT_ROWS = { denied: 200_000, written: 1_000_000 };

const TRIM_BY_AGE = `delete from lab.audit_log where at < now() - make_interval(days => $1)`;
// Counted apart, so that a flood of refusals cannot push out who wrote what.
const trimByCount = (kind: string): string => `
  delete from lab.audit_log where ${kind} and id <= (
    select id from lab.audit_log where ${kind} order by id desc offset $1 limit 1)`;

/** Who wrote what, and who was refused what. Written behind the answers, within a quarter of a second. */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  private readonly logger = new Logger(AuditLog.name);
  private pending: NewAuditEntry[] = [];
  private lost = 0;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();

  constructor(@InjectRepository(AuditEntryEntity) private readonly entries: Repository<AuditEntryEntity>) {}

  record(entry: NewAuditEntry): void {
    if (this.pending.length >= PENDING) {
      this.lost++;
      return;
    }
    this.pending.push({ ...entry, path: entry.path.slice(0, LONGEST_PATH) });
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  /** Resolves when everything recorded so far is written, or is kept for the next time because the database refused it. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.write());
    return this.flushing;
  }

  /** One page, newest first. */
  async list({ limit, offset, username, status }: AuditQuery): Promise<Page<AuditEntry>> {
    const where = { ...(username !== undefined && { username }), ...(status !== undefined && { status }) };
    const [entries, total] = await this.entries.findAndCount({ where, order: { id: 'desc' }, take: limit, skip: offset });
    return { items: entries.map(asAuditEntry), total };
  }

  /** Deletes what is older than 90 days, and all but the newest million writes and 200,000 refusals. */
  async trim(): Promise<void> {
    await this.entries.query(TRIM_BY_AGE, [KEPT_DAYS]);
    await this.entries.query(trimByCount('status in (401, 403)'), [KEPT_ROWS.denied]);
    await this.entries.query(trimByCount('status not in (401, 403)'), [KEPT_ROWS.written]);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
    clearTimeout(this.timer);
  }

  private async write(): Promise<void> {
    while (this.pending.length > 0) {
      const batch = this.pending.slice(0, BATCH);
      try {
        await this.entries.insert(batch);
      } catch (error) {
        this.logger.error(`The audit log could not be written; ${this.pending.length} entries wait: ${String(error)}`);
        this.timer ??= setTimeout(() => void this.flush(), RETRY_MS);
        return;
      }
      this.pending.splice(0, batch.length);
    }
    if (this.lost > 0) this.logger.warn(`${this.lost} more requests belong in the audit log: there were too many at once`);
    this.lost = 0;
  }
}

const asAuditEntry = ({ at, username, method, route, path, status, requestId, address }: AuditEntryEntity): AuditEntry => ({
  at: at.toISOString(),
  username,
  method,
  route,
  path,
  status,
  request_id: requestId,
  address,
});
