import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Commit, Transaction } from '../../delta/delta.types.js';
import { type Column, type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { quoteName } from '../expectations/rule.js';
import { InvalidModelFileError, ModelKeyError } from '../medallion.errors.js';
import { fingerprintOf } from '../models/build-fingerprint.js';
import { asTime } from '../models/interval.js';
import { changedHistory, firstHistory, HISTORY_COLUMNS, nextHistory } from './history-sql.js';
import { type Making, ModelWriter } from './model-writer.js';
import { type BuiltTable, stepAfter } from './table-state.js';

/** In the table's own log: names what was recorded last. */
const BUILD = 'build';

/** Builds models whose rows find their place by key, beside the rows that the table has already. */
@Injectable()
export class KeyedBuild {
  constructor(
    private readonly writer: ModelWriter,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** New rows take the place of those with the same keys; the others stay, unless the table is made `anew`. */
  async byKey(making: Making, table: BuiltTable, anew: boolean): Promise<Commit> {
    const source = { sql: making.model.sql, tables: making.inputs.tables };
    const then = (kept: Relation): Promise<undefined> => this.refuseBadKeys(making, kept);
    return anew
      ? this.writer.write(making, { mode: 'overwrite', query: source, then })
      : this.writer.merge(making, { source, ...UPSERT, txn: stepOf(making, table), then });
  }

  /**
   * A row that changed ends, and the one that came in its place begins; none is ever taken away. Only the files of rows that end
   * are written anew, unless the table is made `anew` or gets other columns.
   */
  async snapshot(making: Making, table: BuiltTable, anew: boolean): Promise<Commit> {
    const { model, inputs } = making;
    const { snapshot } = table;
    const history = snapshot && (await this.delta.relation(snapshot));
    const kept = snapshot?.columns ?? [];
    // Named here although the SELECT does not read it: the write fails when its rows change meanwhile.
    const query = { sql: model.sql, tables: { ...inputs.tables, ...(history ? { [model.name]: history } : {}) } };
    const given = await this.sql.describe({ sql: model.sql, tables: inputs.tables }).catch(() => undefined);
    const merges = !anew && given !== undefined && this.fits(kept, given);
    const then = async (source: Relation): Promise<Query> => {
      await this.refuseBadKeys(making, source);
      const sql = this.historySql(making, { kept, given: await this.columns(source), changesOnly: merges });
      return { sql, tables: { source, ...(history ? { history } : {}) } };
    };
    return merges
      ? this.writer.merge(making, { source: query, ...HISTORY_CLAUSES, txn: stepOf(making, table), then })
      : this.writer.write(making, { mode: 'overwrite', query, then });
  }

  private historySql(
    { model }: Making,
    { kept, given, changesOnly }: { kept: readonly Column[]; given: readonly Column[]; changesOnly: boolean },
  ): string {
    const { keys, time, file, headerLines } = model;
    const now = asTime(new Date());
    const taken = HISTORY_COLUMNS.find((name) => has(given, name));
    if (taken) {
      const message = `a snapshot gives its rows a column "${taken}", and so must not the SELECT.`;
      throw new InvalidModelFileError(file, [{ line: headerLines.kind, message }]);
    }
    // What the table was of another kind has no history.
    if (!HISTORY_COLUMNS.every((name) => has(kept, name))) return firstHistory({ time, now });
    const shape = { keys, time, now, given: given.map(({ name }) => name), kept: kept.map(({ name }) => name) };
    return changesOnly ? changedHistory(shape) : nextHistory(shape);
  }

  /** @throws {ModelKeyError} */
  private async refuseBadKeys({ model, run }: Making, source: Relation): Promise<undefined> {
    const keys = model.keys.map(quoteName);
    const missing = `select count(*) from source where ${keys.map((key) => `${key} is null`).join(' or ')}`;
    const twice = `select count(*) from (select 1 from source group by ${keys.join(', ')} having count(*) > 1)`;
    const named = model.keys.join(', ');
    for (const [sql, fault] of [
      [missing, `row(s) have no ${named}: each needs its keys`],
      [twice, `value(s) of ${named} stand in several rows: a key names one`],
    ]) {
      const count = await this.writer.count(sql, { source }, run);
      if (count > 0) {
        throw new ModelKeyError(`${model.file}:${model.headerLines.keys}: "${model.name}" was not written: ${count} ${fault}.`);
      }
    }
  }

  /** True when a history holds what the SELECT gives as it is. It may have other columns, which the SELECT gave once. */
  private fits(kept: readonly Column[], given: readonly Column[]): boolean {
    const known = new Map(kept.map((column) => [column.name, column]));
    return (
      HISTORY_COLUMNS.every((name) => known.has(name) && !has(given, name)) &&
      given.every((column) => {
        const own = known.get(column.name);
        return own !== undefined && this.delta.commonType(own, column) === own.type;
      })
    );
  }

  private columns(relation: Relation): Promise<Column[]> {
    return this.sql.describe({ sql: 'select * from given', tables: { given: relation } });
  }
}

/** Recorded also when no row changes: the next build need not look again. */
const stepOf = ({ made, run }: Making, { snapshot }: BuiltTable): Transaction =>
  stepAfter(BUILD, snapshot?.txns.get(BUILD) ?? null, [run.runId, fingerprintOf(made)]);

/** What the source has takes the place of what the table has. */
const UPSERT = { evolve: true, whenMatched: [{ update: 'all' }], whenNotMatched: [{ insert: 'all' }] } as const;

/** A row of the source that ends finds the one that is current; one that begins is found by none. */
const HISTORY_CLAUSES = {
  condition: 'target.is_current AND NOT source.is_current',
  whenMatched: [{ update: { valid_to: 'source.valid_to', is_current: 'false' } }],
  whenNotMatched: [{ when: 'source.is_current', insert: 'all' }],
} as const;

const has = (columns: readonly Column[], name: string): boolean => columns.some((column) => column.name === name);
