import type { Column } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { InvalidChangeError, SchemaMismatchError } from '../delta.errors.js';
import type { MergeRequest } from '../delta.types.js';
import type { AddFile, Metadata } from '../log/action.js';
import type { TableState } from '../log/table-state.js';
import { fileFilter } from '../pruning/file-filter.js';
import type { StructField } from '../schema/delta-type.js';
import { commonType, evolve, widened } from '../schema/evolution.js';
import { rulesOf } from '../schema/row-rules.js';
import { typeFromSql, typeToSql } from '../schema/sql-type.js';
import { columnsOf, fieldsFrom, serialiseSchema } from '../schema/table-schema.js';
import { type FullBase, fullBaseOf } from '../write/basis.js';
import { type Change, type Reads, refuseRemoval } from '../write/change.js';
import type { FileStaging, Layout, StagedRows } from '../write/file-staging.js';
import type { Operation } from '../write/operation.js';
import { keyRange } from './key-range.js';
import { type Clause, readClauses, refuseBadExpressions, takesAll } from './merge-clauses.js';
import { joinSides } from './merge-join.js';
import { insertedRows, rewrittenRows } from './merge-rewrite.js';
import { type Candidate, candidatesOf, type MergeSides } from './merge-sides.js';

/** What a merge makes of the files of a table. */
interface Outcome {
  readonly replaced: readonly Candidate[];
  readonly adds: readonly AddFile[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly reads: Reads;
}

/** Changes, removes and adds rows of a table by those of a query. */
export class RowMerge implements Operation<FullBase> {
  constructor(
    private readonly storage: LakeStorage,
    private readonly table: string,
    private readonly request: MergeRequest,
    /** The version of this same table that the source reads; undefined when it reads others only. */
    private readonly readVersion: number | undefined,
  ) {}

  base(state: TableState | undefined): FullBase {
    const base = fullBaseOf(this.table, state, this.request);
    const { whenMatched = [], whenNotMatchedBySource = [] } = this.request;
    if (whenMatched.length + whenNotMatchedBySource.length > 0) refuseRemoval(base);
    return base;
  }

  async work(base: FullBase, staging: FileStaging): Promise<Change | undefined> {
    const source = await this.source(staging);
    const columns = columnsOf(source.layout.fields);
    const fields = this.fields(base, columns);
    const { evolve: evolves = false, condition, txn } = this.request;
    const clauses = readClauses(this.request, { table: this.table, fields, source: columns, evolves });
    await refuseBadExpressions(staging.sql, clauses, condition);
    const keys = this.keys(base, columns);
    const { partitionColumns } = base.metadata;
    const mayHold =
      clauses.notMatchedBySource.length > 0
        ? () => true
        : fileFilter(await keyRange(staging.sql, staging.relation(source), keys), base.fields, partitionColumns);
    const candidates = await candidatesOf(this.storage, base, mayHold);
    const sides = { ...{ base, staging, candidates, source, keys, clauses }, ...(condition === undefined ? {} : { condition }) };
    const { replaced, adds, metrics, reads } = await this.outcome(sides, { fields, partitionColumns }, mayHold);
    const evolved = fields !== base.fields;
    if (replaced.length + adds.length === 0 && !evolved && !txn) return undefined;
    return {
      ...{ base, operation: 'MERGE', parameters: this.parameters(), metrics, reads, adds },
      removals: replaced.map(({ add }) => ({ file: add, dataChange: true })),
      ...(evolved ? { metadata: (before: Metadata) => ({ ...before, schemaString: serialiseSchema(fields) }) } : {}),
    };
  }

  private async outcome(sides: MergeSides, layout: Layout, mayHold: (file: AddFile) => boolean): Promise<Outcome> {
    const { base, staging } = sides;
    const { fields, partitionColumns } = layout;
    const matches = await joinSides(sides);
    // A column takes no other type while older files have the first: all of them are written anew.
    const all = widened(base.fields, fields).some(({ name }) => !partitionColumns.includes(name));
    const replaced = all ? await candidatesOf(this.storage, base, () => true) : matches.touched;
    const checked = { ...layout, rules: rulesOf({ ...base, fields }) };
    const rewritten = await rewrittenRows(sides, matches, replaced, checked);
    const inserted = await insertedRows(sides, matches, checked);
    await staging.check(rewritten);
    await staging.check(inserted);
    const { updated, deleted, read } = matches;
    const since = Math.min(this.readVersion ?? Infinity, all ? base.version : Infinity);
    return {
      replaced,
      adds: [...(await staging.adopt(rewritten)), ...(await staging.adopt(inserted))],
      metrics: {
        numSourceRows: sides.source.rows,
        numTargetRowsInserted: inserted.rows,
        numTargetRowsUpdated: updated,
        numTargetRowsDeleted: deleted,
        numTargetRowsCopied: rewritten.rows - updated,
        numTargetFilesAdded: rewritten.files.length + inserted.files.length,
        numTargetFilesRemoved: replaced.length,
      },
      reads: {
        ...{ files: read.map(({ add }) => add), known: base.files, added: mayHold },
        ...(since === Infinity ? {} : { since }),
      },
    };
  }

  /** The rows to merge are asked for once: a query may give others the next time. */
  private async source(staging: FileStaging): Promise<StagedRows> {
    const stage = async (query: MergeRequest['source']): Promise<StagedRows> =>
      staging.stage(query, { fields: fieldsFrom(this.table, await staging.sql.describe(query)), partitionColumns: [] }, true);
    const rows = await stage(this.request.source);
    const relation = staging.relation(rows);
    const query = await this.request.inspect?.({ relation, rows: rows.rows });
    return query ? stage({ ...query, tables: { ...query.tables, candidate: relation } }) : rows;
  }

  private fields(base: FullBase, source: readonly Column[]): readonly StructField[] {
    if (!this.request.evolve || !takesAll(this.request)) return base.fields;
    const evolved = evolve(this.table, base.fields, source);
    const same = evolved.length === base.fields.length && widened(base.fields, evolved).length === 0;
    return same ? base.fields : evolved;
  }

  /** @returns the keys as the table spells them */
  private keys({ fields }: FullBase, source: readonly Column[]): string[] {
    if (this.request.keys.length === 0) {
      throw new InvalidChangeError('A merge names at least one column in "keys", by which rows match.');
    }
    const own = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
    const given = new Map(source.map((column) => [column.name.toLowerCase(), column]));
    const differences: string[] = [];
    const keys = this.request.keys.map((key) => {
      const [field, column] = [own.get(key.toLowerCase()), given.get(key.toLowerCase())];
      if (!field) differences.push(`it has no column "${key}", which is a key of the merge`);
      if (!column) differences.push(`the source has no column "${key}", which is a key of the merge`);
      if (field && column && commonType(field.type, typeFromSql(column)) === undefined) {
        differences.push(`its key "${field.name}" is ${typeToSql(field.type, field.name)}, and ${column.type} in the source`);
      }
      return field?.name ?? key;
    });
    if (differences.length > 0) throw new SchemaMismatchError(this.table, differences);
    return keys;
  }

  private parameters(): Readonly<Record<string, unknown>> {
    const { keys, condition, whenMatched = [], whenNotMatched = [], whenNotMatchedBySource = [] } = this.request;
    const on = [...keys.map((key) => `target.${key} = source.${key}`), ...(condition === undefined ? [] : [`(${condition})`])];
    const shown = (clauses: readonly Clause[]): string =>
      JSON.stringify(
        clauses.map((clause) => ({
          ...(clause.when === undefined ? {} : { predicate: clause.when }),
          actionType: 'insert' in clause ? 'insert' : 'update' in clause ? 'update' : 'delete',
        })),
      );
    return {
      predicate: on.join(' AND '),
      matchedPredicates: shown(whenMatched),
      notMatchedPredicates: shown(whenNotMatched),
      notMatchedBySourcePredicates: shown(whenNotMatchedBySource),
    };
  }
}
