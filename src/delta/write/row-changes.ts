import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { InvalidChangeError, SchemaMismatchError } from '../delta.errors.js';
import type { ChangeRequest, DeleteRequest, UpdateRequest } from '../delta.types.js';
import type { TableState } from '../log/table-state.js';
import { rulesOf } from '../schema/row-rules.js';
import { type FullBase, fullBaseOf } from './basis.js';
import { type Change, refuseRemoval } from './change.js';
import type { FileStaging } from './file-staging.js';
import type { Operation } from './operation.js';
import { RowRewrite } from './row-rewrite.js';

/** Rows that a table has go or change. */
abstract class RowChange<Request extends ChangeRequest> implements Operation<FullBase> {
  constructor(
    protected readonly storage: LakeStorage,
    protected readonly table: string,
    protected readonly request: Request,
  ) {}

  base(state: TableState | undefined): FullBase {
    const base = fullBaseOf(this.table, state, this.request);
    refuseRemoval(base);
    return base;
  }

  abstract work(base: FullBase, staging: FileStaging): Promise<Change | undefined>;
}

/** Takes the rows for which a condition is true out of a table. */
export class RowDeletion extends RowChange<DeleteRequest> {
  async work(base: FullBase, staging: FileStaging): Promise<Change | undefined> {
    const { where, txn } = this.request;
    const { fields, metadata } = base;
    const rewrite = new RowRewrite(this.storage, staging, base, where);
    const { adds, removals, reads, matched, copied } = await rewrite.without({
      fields,
      partitionColumns: metadata.partitionColumns,
    });
    if (matched === 0 && !txn) return undefined;
    const metrics = { numDeletedRows: matched, numCopiedRows: copied };
    return { base, reads, operation: 'DELETE', parameters: { predicate: where.sql }, metrics, adds, removals };
  }
}

/** Gives columns of the rows for which a condition is true other values. */
export class RowUpdate extends RowChange<UpdateRequest> {
  async work(base: FullBase, staging: FileStaging): Promise<Change | undefined> {
    const { where = { sql: 'true' }, txn } = this.request;
    const { fields, metadata } = base;
    const set = this.assignments(base);
    // An expression is read as a condition is: on its own, without tables.
    for (const sql of set.values()) await staging.sql.condition({ sql });
    const layout = { fields, partitionColumns: metadata.partitionColumns, rules: rulesOf(base) };
    const { adds, removals, reads, matched, copied } = await new RowRewrite(this.storage, staging, base, where).with(set, layout);
    if (matched === 0 && !txn) return undefined;
    const metrics = { numUpdatedRows: matched, numCopiedRows: copied };
    const parameters = { predicate: where.sql, set: JSON.stringify(this.request.set) };
    return { base, reads, operation: 'UPDATE', parameters, metrics, adds, removals };
  }

  /** @returns SQL by the name of the column as the table spells it */
  private assignments({ fields }: FullBase): ReadonlyMap<string, string> {
    const given = Object.entries(this.request.set);
    if (given.length === 0) throw new InvalidChangeError('An update sets at least one column: say which in "set".');
    const known = new Map(fields.map(({ name }) => [name.toLowerCase(), name]));
    const unknown = given.filter(([name]) => !known.has(name.toLowerCase()));
    if (unknown.length > 0) {
      throw new SchemaMismatchError(
        this.table,
        unknown.map(([name]) => `it has no column "${name}"`),
      );
    }
    return new Map(given.map(([name, sql]) => [known.get(name.toLowerCase()) as string, sql]));
  }
}
