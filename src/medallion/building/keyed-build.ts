import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Commit } from '../../delta/delta.types.js';
import { type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { quoteName } from '../expectations/rule.js';
import { InvalidModelFileError, ModelKeyError } from '../medallion.errors.js';
import { asTime } from '../models/interval.js';
import { firstHistory, HISTORY_COLUMNS, nextHistory } from './history-sql.js';
import { type Making, ModelWriter } from './model-writer.js';
import type { BuiltTable } from './table-state.js';

/** Builds models whose rows find their place by key, beside the rows that the table has already. */
@Injectable()
export class KeyedBuild {
  constructor(
    private readonly writer: ModelWriter,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** New rows take the place of those with the same keys; the others stay, unless the table is made `anew`. */
  async byKey(making: Making, anew: boolean): Promise<Commit> {
    const source = { sql: making.model.sql, tables: making.inputs.tables };
    const then = (kept: Relation): Promise<undefined> => this.refuseBadKeys(making, kept);
    return anew ? this.writer.write(making, { mode: 'overwrite', query: source, then }) : this.writer.merge(making, source, then);
  }

  /** A row that changed ends, and the one that came in its place begins; none is ever taken away. */
  async snapshot(making: Making, { snapshot }: BuiltTable): Promise<Commit> {
    const { model, inputs } = making;
    const history = snapshot && (await this.delta.relation(snapshot));
    return this.writer.write(making, {
      mode: 'overwrite',
      // Named here although the SELECT does not read it: the write fails when its rows change meanwhile.
      query: { sql: model.sql, tables: { ...inputs.tables, ...(history ? { [model.name]: history } : {}) } },
      then: async (source): Promise<Query> => {
        await this.refuseBadKeys(making, source);
        const sql = await this.historySql(making, source, history);
        return { sql, tables: { source, ...(history ? { history } : {}) } };
      },
    });
  }

  private async historySql({ model }: Making, source: Relation, history: Relation | undefined): Promise<string> {
    const { keys, time, file, headerLines } = model;
    const now = asTime(new Date());
    const given = await this.columns(source);
    const taken = HISTORY_COLUMNS.find((name) => given.includes(name));
    if (taken) {
      const message = `a snapshot gives its rows a column "${taken}", and so must not the SELECT.`;
      throw new InvalidModelFileError(file, [{ line: headerLines.kind, message }]);
    }
    const kept = history ? await this.columns(history) : [];
    // What the table was of another kind has no history.
    if (!HISTORY_COLUMNS.every((name) => kept.includes(name))) return firstHistory({ time, now });
    return nextHistory({ keys, time, now, given, kept });
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

  private async columns(relation: Relation): Promise<string[]> {
    const columns = await this.sql.describe({ sql: 'select * from given', tables: { given: relation } });
    return columns.map(({ name }) => name);
  }
}
