import type { Commit } from '../delta.types.js';
import type { CommitInfo } from './action.js';
import { countRows, type LogEntry } from './table-state.js';

/** A log entry in figures. Rows that only moved from one file to another count as files, not as rows. */
export function summarise(table: string, { version, timestamp, actions }: LogEntry): Commit {
  const info = actions.find(({ commitInfo }) => commitInfo)?.commitInfo;
  const adds = actions.flatMap(({ add }) => add ?? []);
  const removes = actions.flatMap(({ remove }) => remove ?? []);
  const rows = (files: readonly { stats?: string; dataChange: boolean }[]): number =>
    files.reduce((sum, { stats, dataChange }) => sum + (dataChange ? (countRows(stats) ?? 0) : 0), 0);
  const copied = total(info, COPIED_ROWS);
  return {
    table,
    version,
    timestamp,
    operation: info?.operation ?? 'UNKNOWN',
    rowsAdded: rows(adds) - copied,
    rowsRemoved: (removes.some(({ stats }) => stats !== undefined) ? rows(removes) : countedAsRemoved(info)) - copied,
    filesAdded: adds.length,
    filesRemoved: removes.length,
    bytesAdded: adds.reduce((sum, { size }) => sum + size, 0),
    skipped: false,
    info: info?.lab ?? {},
  };
}

/** What rows are called that stand unchanged in other files: here and by Spark, and by delta-rs. */
const COPIED_ROWS = ['numCopiedRows', 'numTargetRowsCopied', 'num_copied_rows', 'num_target_rows_copied'];

/** What others call the rows that were in the files that they removed: gone, or rewritten into other files. */
const REMOVED_ROWS = [
  ...COPIED_ROWS,
  ...['numDeletedRows', 'numUpdatedRows', 'num_deleted_rows', 'num_updated_rows'],
  ...['numTargetRowsDeleted', 'numTargetRowsUpdated', 'num_target_rows_deleted', 'num_target_rows_updated'],
];

/** Others seldom say how many rows each removed file had, only how many all of them had. */
const countedAsRemoved = (info: CommitInfo | undefined): number => total(info, REMOVED_ROWS);

const total = ({ operationMetrics = {} }: CommitInfo = {}, metrics: readonly string[]): number =>
  metrics.reduce((sum, metric) => sum + Number(operationMetrics[metric] ?? 0), 0);
