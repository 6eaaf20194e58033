import { Inject, Injectable } from '@nestjs/common';
import type { Snapshot } from '../../delta/delta.types.js';
import { SqlError } from '../../engines/sql/sql.errors.js';
import { type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { ModelInputs } from '../models/model-inputs.js';
import { END_MARK, lineOf, placeholdersIn, START_MARK, withMarks } from '../models/model-text.js';
import type { ReferencedModel } from '../models/transforms.service.js';

/** What a SELECT asks of the rows of a table for an interval, where it reads it. */
export interface ReadCondition {
  readonly table: string;
  /** In SQL over the columns of the table and the marks of an interval. */
  readonly on: string;
}

/** Finds the conditions with `@start` and `@end` that say into which intervals a row of a table falls. No file is opened for it. */
@Injectable()
export class ReadConditions {
  constructor(
    private readonly inputs: ModelInputs,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** @param snapshots of all tables behind the model */
  async of(model: ReferencedModel, snapshots: readonly Snapshot[]): Promise<ReadCondition[]> {
    const marked = await this.sql.markedConditions(withMarks(model.sql), [START_MARK, END_MARK]);
    const relations = await this.inputs.relations(
      model,
      snapshots.map((snapshot) => ({ ...snapshot, files: [] })),
    );
    const found = await Promise.all(
      marked.map(async ({ table, conditions }) => {
        const own = await Promise.all(conditions.map((forms) => this.firstThatRuns(forms, relations[table])));
        return { table, on: own.filter((condition) => condition !== undefined).join(' and ') };
      }),
    );
    return found.filter(({ on }) => on !== '');
  }

  /**
   * What a user has to know of a model of which late rows make no interval again; none when they do, and none yet when a table is
   * not there.
   */
  async warningsOf(model: ReferencedModel, snapshots: readonly Snapshot[]): Promise<string[]> {
    const isThere = (name: string): boolean => snapshots.some(({ table }) => table === name);
    if (!model.intervals || !this.inputs.tablesBehind(model).every(isThere)) return [];
    if ((await this.of(model, snapshots)).length > 0) return [];
    const line = model.sqlLine + lineOf(model.sql, placeholdersIn(model.sql)[0].offset) - 1;
    const { lookback } = model.intervals;
    return [
      `${model.file}:${line}: late rows re-open ${lookback > 0 ? `only the newest ${lookback}` : 'no'} interval(s) of "${model.name}": ` +
        `no condition with @start and @end is one over the columns of a table that it reads (${model.reads.join(', ') || 'none'}). Say the ` +
        'range in the WHERE where the SELECT reads the table, or make intervals again with "from" and "to".',
    ];
  }

  /** Of a column without a prefix only the engine can tell whether it is one of this table. */
  private async firstThatRuns(forms: readonly string[], table: Relation): Promise<string | undefined> {
    const marks = [START_MARK, END_MARK].map((mark) => `cast(null as timestamp with time zone) as "${mark}"`).join(', ');
    for (const form of forms) {
      try {
        await this.sql.describe({
          sql: `select 1 from rows_read join (select ${marks}) on ${form}`,
          tables: { rows_read: table },
        });
        return form;
      } catch (error) {
        if (!(error instanceof SqlError)) throw error;
      }
    }
    return undefined;
  }
}
