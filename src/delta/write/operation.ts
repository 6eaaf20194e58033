import type { TableState } from '../log/table-state.js';
import type { Base } from './basis.js';
import type { Change } from './change.js';
import type { FileStaging } from './file-staging.js';

/** Something that changes a table in one commit. */
export interface Operation<B extends Base | undefined = Base | undefined> {
  /**
   * Takes what it needs from the newest state, which moves on afterwards.
   * @throws when it is not allowed on such a table
   */
  base(state: TableState | undefined): B;

  /** @returns undefined when nothing has to change */
  work(base: B, staging: FileStaging): Promise<Change | undefined>;
}
