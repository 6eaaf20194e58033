import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Snapshot } from '../../delta/delta.types.js';
import { type Condition, SqlEngine } from '../../engines/sql/sql.port.js';
import type { BuiltTable } from '../building/table-state.js';
import { asTime, type Interval } from '../models/interval.js';
import { type FoundInputs, ModelInputs } from '../models/model-inputs.js';
import { END_MARK, START_MARK, withMarks } from '../models/model-text.js';
import type { ReferencedModel } from '../models/transforms.service.js';
import type { PlannedRead } from './plan.schema.js';

interface Planned {
  readonly model: ReferencedModel;
  readonly found: FoundInputs;
  /** What the same plan builds before. */
  readonly changed: readonly string[];
}

/** What a build would read, as far as the logs of the tables tell: no file of theirs is opened for it. */
@Injectable()
export class PlannedReads {
  constructor(
    private readonly inputs: ModelInputs,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  found(model: ReferencedModel): Promise<FoundInputs> {
    return this.inputs.found(model);
  }

  /** All that stands there of what a model reads. */
  of({ found, changed }: Planned): PlannedRead[] {
    const unknown = [...found.missing, ...Object.keys(found.files)];
    return [
      ...found.snapshots.map((snapshot) => readOf(snapshot, snapshot.rows, changed)),
      ...unknown.map((table) => ({
        ...{ table, version: null, rows: null, rows_read: null },
        built_first: changed.includes(table),
      })),
    ];
  }

  /** The same of a model that finds its rows' places in its own table, which is read for it. */
  withOwn(planned: Planned, { snapshot }: BuiltTable): PlannedRead[] {
    return [...this.of(planned), ...(snapshot ? [readOf(snapshot, snapshot.rows, [])] : [])];
  }

  /** The same for some intervals: the rows of the files that may hold any of theirs, each file once. */
  async inIntervals(planned: Planned, ranges: readonly Interval[]): Promise<PlannedRead[]> {
    const marked = await this.sql.markedConditions(withMarks(planned.model.sql), [START_MARK, END_MARK]);
    const byTable = Map.groupBy(marked, ({ table }) => table.toLowerCase());
    const narrowed = await Promise.all(
      planned.found.snapshots.map(async (snapshot) => {
        const mentions = byTable.get(snapshot.table.toLowerCase());
        if (!mentions || planned.changed.includes(snapshot.table)) return [snapshot.table, snapshot.rows] as const;
        const wanted = await this.conditionOf(
          mentions.map(({ conditions }) => conditions.map(([asWritten]) => asWritten)),
          ranges,
        );
        const { files } = this.delta.narrowed(snapshot, wanted);
        return [snapshot.table, files.reduce((sum, { rows = 0 }) => sum + rows, 0)] as const;
      }),
    );
    const rowsRead = new Map(narrowed);
    return this.of(planned).map((read) => ({ ...read, rows_read: rowsRead.get(read.table) ?? read.rows_read }));
  }

  /** @param mentions of a table, each with conditions that its rows have to fulfil there */
  private async conditionOf(mentions: readonly (readonly string[])[], ranges: readonly Interval[]): Promise<Condition> {
    const of = ranges.flatMap(({ start, end }) =>
      mentions.map(async (conditions) => {
        const texts = conditions.map((sql) =>
          sql.replaceAll(`"${START_MARK}"`, asTime(start)).replaceAll(`"${END_MARK}"`, asTime(end)),
        );
        return this.sql.condition({ sql: texts.join(' and ') });
      }),
    );
    return { kind: 'or', of: await Promise.all(of) };
  }
}

const readOf = ({ table, version, rows }: Snapshot, rowsRead: number, changed: readonly string[]): PlannedRead => ({
  ...{ table, version, rows, rows_read: rowsRead },
  built_first: changed.includes(table),
});
