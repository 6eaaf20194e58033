import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { VersionVacuumedError } from '../delta.errors.js';
import type { ChangeRequest, DataFile, PointInTime } from '../delta.types.js';
import type { TableLog } from '../log/table-log.js';
import type { TableState } from '../log/table-state.js';
import { type FullBase, fullBaseOf } from './basis.js';
import { type Change, refuseRemoval } from './change.js';
import type { Operation } from './operation.js';

const FILES_AT_ONCE = 32;

/** Makes a table what it was: its rows, columns and settings, not what applications recorded since. */
export class Restoration implements Operation<FullBase> {
  constructor(
    private readonly storage: LakeStorage,
    private readonly log: TableLog,
    private readonly at: PointInTime,
    private readonly request: ChangeRequest,
  ) {}

  base(state: TableState | undefined): FullBase {
    return fullBaseOf(this.log.table, state, this.request);
  }

  async work(base: FullBase): Promise<Change | undefined> {
    const target = await this.log.stateAt(this.at);
    if (target.version === base.version) return undefined;
    const [before, after] = [base.snapshot.files, target.snapshot().files];
    const [live, wanted] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
    const gone = base.files.filter((_, index) => !wanted.has(keyOf(before[index])));
    const back = target.adds().filter((_, index) => !live.has(keyOf(after[index])));
    if (gone.length > 0) refuseRemoval(base);
    await this.refuseVacuumed(
      target.version,
      after.filter((file) => !live.has(keyOf(file))),
    );
    const { metadata } = target;
    const total = (files: readonly { size: number }[]): number => files.reduce((sum, { size }) => sum + size, 0);
    return {
      ...{ base, operation: 'RESTORE', reads: { since: base.version }, metadata: () => ({ ...metadata, id: base.metadata.id }) },
      parameters: 'version' in this.at ? { version: this.at.version } : { timestamp: this.at.timestamp.toJSON() },
      metrics: { numRestoredFiles: back.length, restoredFilesSize: total(back), removedFilesSize: total(gone) },
      adds: back.map((add) => ({ ...add, dataChange: true })),
      removals: gone.map((file) => ({ file, dataChange: true })),
    };
  }

  private async refuseVacuumed(version: number, files: readonly DataFile[]): Promise<void> {
    // A file outside of the lake was never ours to vacuum.
    const paths = files.flatMap(({ path, deletionVector }) => [path, deletionVector?.path]).filter((path) => path !== undefined);
    const own = paths.filter((path) => !/^[a-z][a-z0-9+.-]*:/i.test(path));
    let missing = 0;
    for (let from = 0; from < own.length; from += FILES_AT_ONCE) {
      const exist = await Promise.all(own.slice(from, from + FILES_AT_ONCE).map((path) => this.storage.exists(path)));
      missing += exist.filter((exists) => !exists).length;
    }
    if (missing > 0) throw new VersionVacuumedError(this.log.table, version, 'restored', missing);
  }
}

/** The same file with other removed rows is another file. */
const keyOf = ({ path, deletionVector }: DataFile): string => JSON.stringify([path, deletionVector]);
