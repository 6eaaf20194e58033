import { Logger } from '@nestjs/common';
import type { SqlEngine } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { counter } from '../../telemetry/metrics.js';
import type { ChangeRequest, Commit } from '../delta.types.js';
import { summarise } from '../log/commit-summary.js';
import type { Committed, Proposed, TableLog } from '../log/table-log.js';
import type { TableState } from '../log/table-state.js';
import type { Base } from './basis.js';
import { actionsFor, type Change } from './change.js';
import { FileStaging } from './file-staging.js';
import type { Operation } from './operation.js';
import { isRecorded, transactionsOf } from './transactions.js';

const COMMITS = {
  name: 'lab_delta_commits_total',
  help: 'Commits that this process made',
  labels: ['layer', 'operation'],
} as const;

/** Takes an operation from the state of a table to a commit, or leaves everything as it was. */
export class ChangeRunner {
  private readonly logger = new Logger(ChangeRunner.name);

  constructor(
    private readonly storage: LakeStorage,
    private readonly sql: SqlEngine,
  ) {}

  async run<B extends Base | undefined>(log: TableLog, operation: Operation<B>, request: ChangeRequest): Promise<Commit> {
    const { table, folder } = log;
    const txns = transactionsOf(table, request);
    const start = await log.latest((state): { skipped: Commit } | { base: B } =>
      isRecorded(table, state, txns)
        ? { skipped: asSkipped(table, state as TableState, request) }
        : { base: operation.base(state) },
    );
    if ('skipped' in start) return start.skipped;
    const staging = new FileStaging(this.storage, this.sql, { table, folder }, request);
    const attempt = { sent: false };
    try {
      const change = await operation.work(start.base, staging);
      const commit = await this.commit(log, change, { request, attempt });
      if (commit.skipped) await staging.abandon();
      return commit;
    } catch (error) {
      // An entry that was sent may stand in the log even though its storage failed: then its files are needed.
      if (!attempt.sent) await staging.abandon();
      throw error;
    } finally {
      await staging.close();
    }
  }

  private async commit(
    log: TableLog,
    change: Change | undefined,
    { request, attempt }: { request: ChangeRequest; attempt: { sent: boolean } },
  ): Promise<Commit> {
    const txns = transactionsOf(log.table, request);
    const propose = (state: TableState | undefined): Proposed<Commit> => {
      attempt.sent = false;
      request.signal?.throwIfAborted();
      const recorded = isRecorded(log.table, state, txns);
      if (state && (!change || recorded)) return { stop: asSkipped(log.table, state, request) };
      const actions = actionsFor(change as Change, request, state, Date.now());
      attempt.sent = true;
      return { actions };
    };
    const outcome = await log.commit(propose);
    return 'entry' in outcome ? this.finish(log, outcome) : outcome.stop;
  }

  /** A checkpoint only saves readers time: when it fails, the commit stands. */
  private async finish(log: TableLog, { entry, checkpoint }: Committed): Promise<Commit> {
    try {
      if (checkpoint) await log.writeCheckpoint(checkpoint);
    } catch (error) {
      this.logger.warn(`Table ${log.table} has no checkpoint at version ${entry.version}: ${(error as Error).message}`);
    }
    const commit = summarise(log.table, entry);
    counter(COMMITS).inc({ layer: log.table.split('.')[0], operation: commit.operation });
    return commit;
  }
}

const asSkipped = (
  table: string,
  { version, timestamp }: TableState,
  { operation = 'WRITE', info = {} }: ChangeRequest,
): Commit => ({
  table,
  version,
  timestamp,
  operation,
  rowsAdded: 0,
  rowsRemoved: 0,
  filesAdded: 0,
  filesRemoved: 0,
  bytesAdded: 0,
  skipped: true,
  info,
});
