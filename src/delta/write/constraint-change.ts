import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { ConstraintNotFoundError, InvalidConstraintError, RowRuleError, UnreadableRuleError } from '../delta.errors.js';
import type { ChangeRequest } from '../delta.types.js';
import type { Metadata } from '../log/action.js';
import { withWriterFeature } from '../log/protocol.js';
import type { TableState } from '../log/table-state.js';
import { asLogged, CONSTRAINT, constraintRule, constraintsOf } from '../schema/row-rules.js';
import { relationOf } from '../table-relation.js';
import { type FullBase, fullBaseOf } from './basis.js';
import type { Change } from './change.js';
import { constraintName } from './declared-constraints.js';
import type { FileStaging } from './file-staging.js';
import type { Operation } from './operation.js';
import { refuseBrokenRules } from './rule-check.js';

/** Declares a condition that every row must fulfil, or takes one back. */
export class ConstraintChange implements Operation<FullBase> {
  private readonly name: string;

  /** @param sql the condition; undefined to drop the constraint */
  constructor(
    private readonly storage: LakeStorage,
    private readonly table: string,
    name: string,
    private readonly sql: string | undefined,
    private readonly request: ChangeRequest,
  ) {
    this.name = constraintName(name);
  }

  base(state: TableState | undefined): FullBase {
    return fullBaseOf(this.table, state, this.request);
  }

  work(base: FullBase, staging: FileStaging): Promise<Change | undefined> {
    const known = new Map(constraintsOf(base.metadata));
    if (this.sql !== undefined) return this.set(base, known.get(this.name), { sql: this.sql, staging });
    if (!known.has(this.name)) throw new ConstraintNotFoundError(this.table, this.name, [...known.keys()]);
    return Promise.resolve(this.change(base, 'DROP CONSTRAINT', undefined));
  }

  private async set(
    base: FullBase,
    before: string | undefined,
    { sql, staging }: { sql: string; staging: FileStaging },
  ): Promise<Change | undefined> {
    const text = asLogged(sql.trim());
    if (before === text) return undefined;
    if (before !== undefined) {
      throw new InvalidConstraintError(`Table "${this.table}" has a constraint "${this.name}" (${before}). Drop it first.`);
    }
    const declared = constraintRule(this.name, text);
    try {
      await refuseBrokenRules(staging.sql, this.table, [declared], await relationOf(base.snapshot, this.storage));
    } catch (error) {
      if (!(error instanceof RowRuleError) && !(error instanceof UnreadableRuleError)) throw error;
      throw new InvalidConstraintError(`The constraint "${this.name}" was not set. ${error.message}`);
    }
    return { ...this.change(base, 'ADD CONSTRAINT', text), protocol: withWriterFeature(base.protocol, 'checkConstraints') };
  }

  private change(base: FullBase, operation: string, text: string | undefined): Change {
    const key = CONSTRAINT + this.name;
    const metadata = (before: Metadata): Metadata => {
      const { [key]: _, ...configuration } = before.configuration;
      return { ...before, configuration: text === undefined ? configuration : { ...configuration, [key]: text } };
    };
    const parameters = { name: this.name, ...(text === undefined ? {} : { expr: text }) };
    // Rows that come meanwhile were not checked.
    return { base, operation, parameters, metadata, reads: { since: base.version }, adds: [], removals: [] };
  }
}
