import type { Column, Query } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { InvalidChangeError, RowsOutsidePredicateError, SchemaMismatchError } from '../delta.errors.js';
import type { WriteRequest } from '../delta.types.js';
import type { Metadata } from '../log/action.js';
import type { TableState } from '../log/table-state.js';
import type { StructField } from '../schema/delta-type.js';
import { evolve, widened } from '../schema/evolution.js';
import { partitionColumnsOf } from '../schema/partition-values.js';
import { rulesOf } from '../schema/row-rules.js';
import { describeFields, fieldsFrom, refuseMisfits, serialiseSchema } from '../schema/table-schema.js';
import { type Base, baseOf, baseOfNew, type FullBase, fullBaseOf } from './basis.js';
import { type Change, refuseRemoval } from './change.js';
import { withDeclared } from './declared-constraints.js';
import type { FileStaging, Layout, StagedRows } from './file-staging.js';
import type { Operation } from './operation.js';
import { RowRewrite } from './row-rewrite.js';

/** Appends the result of a query, or puts it in the place of all rows or some. */
export class RowWrite implements Operation {
  constructor(
    private readonly storage: LakeStorage,
    private readonly table: string,
    private readonly request: WriteRequest,
    /** The version of this same table that the query reads; undefined when it reads others only. */
    private readonly readVersion: number | undefined,
  ) {
    if (request.where && request.mode !== 'overwrite') {
      throw new InvalidChangeError('Only an overwrite can say which rows it replaces: leave "where" out, or overwrite.');
    }
    if (request.constraints && !this.replacesAll()) {
      throw new InvalidChangeError('Only a whole overwrite can declare constraints: rows that stay were not checked.');
    }
  }

  base(state: TableState | undefined): Base | undefined {
    if (!state) return undefined;
    const { mode, evolve: evolves } = this.request;
    const blind = mode === 'append' && !evolves;
    const base = (blind ? baseOf : fullBaseOf)(this.table, state, this.request);
    if (mode === 'overwrite') refuseRemoval(base);
    return base;
  }

  async work(known: Base | undefined, staging: FileStaging): Promise<Change> {
    const candidate = await this.stage(this.request.query, known, staging);
    const rows = await this.inspected(candidate, known, staging);
    await staging.check(rows);
    await this.refuseOutside(rows, staging);
    const base = known ?? baseOfNew(this.table, rows.layout.fields, rows.layout.partitionColumns);
    const reads = this.readVersion === undefined ? {} : { since: this.readVersion };
    const change: Change = {
      ...{ base, reads, operation: 'WRITE', adds: await staging.adopt(rows), removals: [] },
      parameters: this.parameters(rows.layout),
      ...(this.request.constraints ? { protocol: this.settings(base).protocol } : {}),
      metadata: (before, fields) => this.metadata(this.settings({ ...base, metadata: before }).metadata, fields, rows.layout),
    };
    if (!('files' in base)) return change;
    return this.replacing(change, base as FullBase, rows, staging);
  }

  private async replacing(change: Change, base: FullBase, rows: StagedRows, staging: FileStaging): Promise<Change> {
    const { mode, where } = this.request;
    if (mode === 'append') return this.widening(change, base, rows.layout, staging);
    if (!where || base.version < 0) {
      const removals = base.files.map((file) => ({ file, dataChange: true }));
      return { ...change, removals, reads: { since: Math.min(this.readVersion ?? Infinity, base.version) } };
    }
    if (needsRewriting(base, rows.layout)) {
      throw new InvalidChangeError(
        `Overwriting a part of table "${this.table}" cannot widen its columns at the same time. Widen them with an append first.`,
      );
    }
    const rewrite = await new RowRewrite(this.storage, staging, base, where).without(layoutOf(rows.layout));
    return {
      ...change,
      adds: [...change.adds, ...rewrite.adds],
      removals: rewrite.removals,
      reads: { ...rewrite.reads, ...change.reads },
      metrics: { numDeletedRows: rewrite.matched, numCopiedRows: rewrite.copied },
    };
  }

  /** Delta lets no column change its type while older files have another: they are rewritten in the same commit. */
  private async widening(change: Change, base: FullBase, layout: Layout, staging: FileStaging): Promise<Change> {
    if (base.version < 0 || !needsRewriting(base, layout)) return change;
    const everything = { sql: 'true' };
    const rewrite = await new RowRewrite(this.storage, staging, base, everything).with(new Map(), layoutOf(layout));
    return {
      ...change,
      adds: [...change.adds, ...rewrite.adds.map((add) => ({ ...add, dataChange: false }))],
      removals: rewrite.removals.map(({ file }) => ({ file, dataChange: false })),
      reads: { since: Math.min(this.readVersion ?? Infinity, base.version) },
      metrics: { numWidenedRows: rewrite.matched },
    };
  }

  private async stage(query: Query, base: Base | undefined, staging: FileStaging): Promise<StagedRows> {
    return staging.stage(query, this.layout(await staging.sql.describe(query), base));
  }

  private async inspected(candidate: StagedRows, base: Base | undefined, staging: FileStaging): Promise<StagedRows> {
    const relation = staging.relation(candidate);
    const query = await this.request.inspect?.({ relation, rows: candidate.rows });
    if (!query) return candidate;
    return this.stage({ ...query, tables: { ...query.tables, candidate: relation } }, base, staging);
  }

  private layout(columns: readonly Column[], base: Base | undefined): Layout {
    const fields = this.fields(columns, base);
    const partitionColumns = partitionColumnsOf(
      this.table,
      fields,
      this.request.partitionBy ?? base?.metadata.partitionColumns ?? [],
    );
    const kept = base?.metadata.partitionColumns ?? partitionColumns;
    if (!this.replacesAll() && kept.join('\n') !== partitionColumns.join('\n')) {
      const named = kept.length > 0 ? kept.map((name) => `"${name}"`).join(', ') : 'nothing';
      throw new SchemaMismatchError(this.table, [`it is partitioned by ${named}, which only a whole overwrite can change`]);
    }
    return { fields, partitionColumns, rules: rulesOf({ ...this.settings(base), fields }) };
  }

  /** As the write leaves them. @param base undefined of a table that it makes */
  private settings(base: Base | undefined): Pick<Base, 'protocol' | 'metadata'> {
    return withDeclared(this.table, base ?? baseOfNew(this.table, [], []), this.request.constraints);
  }

  private fields(columns: readonly Column[], base: Base | undefined): readonly StructField[] {
    if (!base || this.replacesAll()) return fieldsFrom(this.table, columns, base?.fields);
    if (this.request.evolve) return evolve(this.table, base.fields, columns);
    refuseMisfits(this.table, columns, base.fields);
    return base.fields;
  }

  /** @throws {RowsOutsidePredicateError} */
  private async refuseOutside(rows: StagedRows, staging: FileStaging): Promise<void> {
    const { where } = this.request;
    if (!where || rows.rows === 0) return;
    await staging.sql.condition(where);
    const [{ outside }] = await staging.sql.rows({
      sql: `SELECT count(*) AS outside FROM candidate WHERE (\n${where.sql}\n) IS NOT TRUE`,
      tables: { candidate: staging.relation(rows) },
      parameters: where.parameters,
    });
    if (Number(outside) > 0) throw new RowsOutsidePredicateError(this.table, where.sql, Number(outside));
  }

  /** The very metadata of before when the write changes nothing of it. */
  private metadata(before: Metadata, fields: readonly StructField[], layout: Layout): Metadata {
    const { mode, evolve: evolves, description = before.description, columnDescriptions } = this.request;
    const blind = mode === 'append' && !evolves;
    const described = describeFields(blind ? fields : layout.fields, columnDescriptions);
    const schemaString = described === fields ? before.schemaString : serialiseSchema(described);
    return {
      ...before,
      ...(description === undefined ? {} : { description }),
      schemaString,
      partitionColumns: layout.partitionColumns,
    };
  }

  private parameters({ partitionColumns }: Layout): Readonly<Record<string, unknown>> {
    const { mode, where } = this.request;
    return {
      mode: mode === 'append' ? 'Append' : 'Overwrite',
      partitionBy: JSON.stringify(partitionColumns),
      ...(where ? { predicate: where.sql } : {}),
    };
  }

  private replacesAll(): boolean {
    return this.request.mode === 'overwrite' && !this.request.where;
  }
}

/** Without the rules: these rows stand in the table already. */
const layoutOf = ({ fields, partitionColumns }: Layout): Layout => ({ fields, partitionColumns });

/** Values of partition columns stand in the log as text, which every wider type reads. */
const needsRewriting = ({ fields }: Base, layout: Layout): boolean =>
  widened(fields, layout.fields).some(({ name }) => !layout.partitionColumns.includes(name));
