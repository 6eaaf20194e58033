import type { Commit } from '../delta.types.js';
import type { CommitInfo } from './action.js';
import type { AddFile, RemoveFile } from './action.js';
import { liveRows, type LogEntry } from './table-state.js';

/** A log entry in figures. Rows that only moved from one file to another count as files, not as rows. */
export function summarise(table: string, { version, timestamp, actions }: LogEntry): Commit {
  const info = actions.find(({ commitInfo }) => commitInfo)?.commitInfo;
  const adds = actions.flatMap(({ add }) => add ?? []);
  const removes = counted(
    actions.flatMap(({ remove }) => remove ?? []),
    adds,
  );
  const rows = (files: readonly (AddFile | RemoveFile)[]): number =>
    files.reduce((sum, file) => sum + (file.dataChange ? (liveRows(file) ?? 0) : 0), 0);
  const copied = total(info, COPIED_ROWS) + stayed(adds, removes);
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

/** A file that comes back with another deletion vector says itself how many rows it had. */
function counted(removes: readonly RemoveFile[], adds: readonly AddFile[]): RemoveFile[] {
  const added = new Map(adds.map(({ path, stats }) => [path, stats]));
  return removes.map((remove) => {
    const stats = remove.stats ?? added.get(remove.path);
    return stats === undefined ? remove : { ...remove, stats };
  });
}

/** Rows of files that only have another deletion vector now. */
function stayed(adds: readonly AddFile[], removes: readonly RemoveFile[]): number {
  const added = new Map(adds.map((add) => [add.path, add]));
  return removes.reduce((sum, remove) => {
    const add = added.get(remove.path);
    return sum + (add ? Math.min(liveRows(add) ?? 0, liveRows(remove) ?? 0) : 0);
  }, 0);
}

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
