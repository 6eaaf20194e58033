import type { LakeStorage, StoredFile } from '../../engines/storage/storage.port.js';
import { FilesOutsideLakeError, RetentionTooShortError, TableNotFoundError } from '../delta.errors.js';
import type { Vacuumed, VacuumRequest } from '../delta.types.js';
import type { Metadata } from '../log/action.js';
import { isOutside } from '../log/file-path.js';
import { tombstoneRetention } from '../log/retention.js';
import type { TableLog } from '../log/table-log.js';
import type { TableState } from '../log/table-state.js';
import { type Base, baseOf } from '../write/basis.js';
import type { Change } from '../write/change.js';
import type { ChangeRunner } from '../write/change-runner.js';
import type { Operation } from '../write/operation.js';

const HOUR_MS = 3_600_000;
const FILES_AT_ONCE = 16;

/** Removes files that no version within the retention reads. */
export class Vacuum {
  constructor(
    private readonly storage: LakeStorage,
    private readonly runner: ChangeRunner,
    private readonly log: TableLog,
    private readonly request: VacuumRequest,
  ) {}

  async run(now: number): Promise<Vacuumed> {
    // Listed before the log is read: what is committed in between is then known to the log.
    const stored = await this.storage.list(`${this.log.folder}/`);
    const { cutoff, hours, needed } = await this.log.latest((state) => this.needs(state, now));
    const unneeded = stored.filter(
      ({ path, modifiedAt }) => !needed.has(path) && modifiedAt.getTime() < cutoff && this.isData(path),
    );
    const found = {
      ...{ table: this.log.table, dryRun: this.request.dryRun ?? false, retentionHours: hours },
      files: unneeded.map(({ path }) => path),
      bytes: unneeded.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    if (found.dryRun) return found;
    await this.storage.removeUnfinished(`${this.log.folder}/`, new Date(cutoff));
    if (unneeded.length > 0) await this.remove(unneeded, found);
    return found;
  }

  private needs(state: TableState | undefined, now: number): { cutoff: number; hours: number; needed: ReadonlySet<string> } {
    if (!state) throw new TableNotFoundError(this.log.table);
    // Others may keep files in a way that we do not know.
    baseOf(this.log.table, state);
    const hours = this.retentionHours(state.metadata);
    const cutoff = now - hours * HOUR_MS;
    const needed = state.filesSince(cutoff);
    const outside = needed.values().find(isOutside);
    if (outside !== undefined) throw new FilesOutsideLakeError(this.log.table, outside);
    return { cutoff, hours, needed };
  }

  private retentionHours(metadata: Metadata): number {
    const least = tombstoneRetention(metadata) / HOUR_MS;
    const { retentionHours: hours = least, force = false } = this.request;
    if (!(hours >= least || (force && hours >= 0))) throw new RetentionTooShortError(this.log.table, hours, least);
    return hours;
  }

  private async remove(files: readonly StoredFile[], { bytes, retentionHours }: Vacuumed): Promise<void> {
    const figures = { numFilesToDelete: files.length, sizeOfDataToDelete: bytes };
    await this.record('VACUUM START', figures, { retentionHours });
    for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
      this.request.signal?.throwIfAborted();
      await Promise.all(files.slice(from, from + FILES_AT_ONCE).map(({ path }) => this.storage.remove(path)));
      this.request.onProgress?.(Math.min(1, (from + FILES_AT_ONCE) / files.length));
    }
    await this.record('VACUUM END', { numDeletedFiles: files.length }, { status: 'COMPLETED' });
  }

  private async record(
    operation: string,
    metrics: Readonly<Record<string, number>>,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const remark: Operation<Base> = {
      base: (state) => baseOf(this.log.table, state as TableState),
      work: async (base): Promise<Change> => ({ base, operation, metrics, parameters, reads: {}, adds: [], removals: [] }),
    };
    await this.runner.run(this.log, remark, { info: this.request.info });
  }

  /** Names that begin with "_" or "." are others' business, unless they are folders of a partition column. */
  private isData(path: string): boolean {
    const parts = path.slice(this.log.folder.length + 1).split('/');
    return parts.every((part) => !/^[._]/.test(part) || (part.startsWith('_') && part.includes('=')));
  }
}
