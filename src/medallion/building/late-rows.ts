import { Inject, Injectable } from '@nestjs/common';
import { VersionNotFoundError, VersionVacuumedError } from '../../delta/delta.errors.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { DataFile, Snapshot } from '../../delta/delta.types.js';
import { type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { MadeFrom } from '../models/build-fingerprint.js';
import type { Interval } from '../models/interval.js';
import { type BuildInputs, ModelInputs } from '../models/model-inputs.js';
import { END_MARK, START_MARK } from '../models/model-text.js';
import { type ReferencedModel, TransformsService } from '../models/transforms.service.js';
import { ReadConditions } from './read-conditions.js';

/** The rows of a name in a SELECT, as far as they may differ. */
interface Change {
  readonly before: Relation;
  readonly now: Relation;
}

/** What a model's table was made from, and what the model reads now. */
interface Comparison {
  readonly model: ReferencedModel;
  readonly before: MadeFrom;
  readonly inputs: Pick<BuildInputs, 'snapshots'>;
}

/**
 * Finds the intervals of which rows have come, gone or changed since a model was built. A row belongs to the intervals for which
 * the conditions of the SELECT with `@start` and `@end` are true; a table without such a condition belongs to none.
 */
@Injectable()
export class LateRows {
  constructor(
    private readonly delta: DeltaService,
    private readonly transforms: TransformsService,
    private readonly inputs: ModelInputs,
    private readonly conditions: ReadConditions,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /**
   * @returns all of `intervals` when what was there before can be read no more, or columns are of another type now
   */
  async intervalsOf({ model, before, inputs: { snapshots } }: Comparison, intervals: readonly Interval[]): Promise<Interval[]> {
    const moved = snapshots.filter(({ table, rowsChangedIn }) => (before.inputs[table] ?? rowsChangedIn) !== rowsChangedIn);
    if (moved.length === 0 || intervals.length === 0) return [];
    const late = new Set<number>();
    try {
      const former = await this.former(before, snapshots, moved);
      if (former.some((snapshot, index) => isRetyped(snapshot, snapshots[index]))) return [...intervals];
      for (const { table, on } of await this.conditions.of(model, snapshots)) {
        const change = await this.changeOf(table, former, snapshots);
        if (change) (await this.among(intervals, change, on)).forEach((place) => late.add(place));
      }
    } catch (error) {
      if (error instanceof VersionNotFoundError || error instanceof VersionVacuumedError) return [...intervals];
      throw error;
    }
    return intervals.filter((_, index) => late.has(index));
  }

  /** What a user has to know of a model of which late rows make no interval again. @param snapshots of what there is of all that it reads */
  warningsOf(model: ReferencedModel, snapshots: readonly Snapshot[]): Promise<string[]> {
    return this.conditions.warningsOf(model, snapshots);
  }

  /** True when the table was made from rows that are newer than what was found to be read. */
  async isOutdated({ inputs }: MadeFrom, { snapshots }: Pick<BuildInputs, 'snapshots'>): Promise<boolean> {
    const newer = snapshots.filter(({ table, version }) => Number(inputs[table]) > version);
    const now = await Promise.all(newer.map(({ table }) => this.delta.snapshot(table)));
    // A table that was made anew begins to count again.
    return now.some(({ table, version }) => version >= Number(inputs[table]));
  }

  private async former({ inputs }: MadeFrom, now: readonly Snapshot[], moved: readonly Snapshot[]): Promise<readonly Snapshot[]> {
    const then = async (snapshot: Snapshot): Promise<Snapshot> =>
      moved.includes(snapshot) ? this.delta.snapshot(snapshot.table, { version: Number(inputs[snapshot.table]) }) : snapshot;
    return Promise.all(now.map(then));
  }

  /** @returns undefined for what stands as it stood */
  private async changeOf(name: string, former: readonly Snapshot[], snapshots: readonly Snapshot[]): Promise<Change | undefined> {
    const model = this.transforms.find(name);
    if (model?.kind === 'view') {
      const behind = this.inputs.tablesBehind(model);
      if (behind.every((table) => versionIn(former, table) === versionIn(snapshots, table))) return undefined;
      const view = async (tables: readonly Snapshot[]): Promise<Relation> => ({
        format: 'view',
        query: { sql: model.sql, tables: await this.inputs.relations(model, tables) },
      });
      return { before: await view(former), now: await view(snapshots) };
    }
    const [before, now] = [former, snapshots].map((all) => all.find(({ table }) => table === name));
    if (!before || !now || before.version === now.version) return undefined;
    return {
      before: await this.delta.relation({ ...now, files: without(before.files, now.files) }),
      now: await this.delta.relation({ ...now, files: without(now.files, before.files) }),
    };
  }

  /** @returns the places of the intervals for which the rows before and now are not the same ones */
  private async among(intervals: readonly Interval[], { before, now }: Change, on: string): Promise<number[]> {
    const milliseconds = (times: readonly Date[]): string => `[${times.map((time) => time.getTime()).join(',')}]`;
    const time = (list: string): string =>
      `cast(make_timestamp_ms(unnest(cast(${list} as bigint[]))) as timestamp with time zone)`;
    const changed = await this.sql.rows({
      sql: `with changes as (
  select *, hash("(row)") as "(hash)", 1 as "(sign)" from now as "(row)"
  union all select *, hash("(row)"), -1 from before as "(row)"
), intervals as (
  select unnest(range(${intervals.length})) as "(place)", ${time('$1')} as "${START_MARK}", ${time('$2')} as "${END_MARK}"
)
select "(place)" as place from changes join intervals on ${on}
group by "(place)" having sum("(sign)") <> 0 or sum("(sign)" * cast("(hash)" as hugeint)) <> 0`,
      tables: { now, before },
      parameters: [milliseconds(intervals.map(({ start }) => start)), milliseconds(intervals.map(({ end }) => end))],
    });
    return changed.map(({ place }) => Number(place));
  }
}

const versionIn = (snapshots: readonly Snapshot[], name: string): number | undefined =>
  snapshots.find(({ table }) => table === name)?.version;

const isRetyped = (before: Snapshot, now: Snapshot): boolean =>
  now.columns.some(({ name, type }) => before.columns.some((column) => column.name === name && column.type !== type));

/** A file is another one when other rows of it count as removed. */
function without(files: readonly DataFile[], others: readonly DataFile[]): DataFile[] {
  const key = ({ path, deletionVector }: DataFile): string => JSON.stringify([path, deletionVector]);
  const known = new Set(others.map(key));
  return files.filter((file) => !known.has(key(file)));
}
