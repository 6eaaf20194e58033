import { Injectable } from '@nestjs/common';
import { type BuildOptions, rangesFor } from '../building/build-options.js';
import { IntervalBuild, type IntervalWork } from '../building/interval-build.js';
import { type BuiltTable, TableState } from '../building/table-state.js';
import { BuildFingerprint, type MadeFrom } from '../models/build-fingerprint.js';
import { type Interval, toText } from '../models/interval.js';
import type { FoundInputs } from '../models/model-inputs.js';
import { type ReferencedModel, TransformsService } from '../models/transforms.service.js';
import type { Plan, PlannedModel } from './plan.schema.js';
import { PlannedReads } from './planned-reads.js';
import { BUILT_FIRST, reasonsFor } from './reasons.js';

/** No run has asked for anything: what one would be asked for is all still to be done. */
const NO_RUN = { runId: 'plan' };

/** Says what a build would do, and does nothing. */
@Injectable()
export class PlanService {
  constructor(
    private readonly transforms: TransformsService,
    private readonly reads: PlannedReads,
    private readonly fingerprints: BuildFingerprint,
    private readonly byInterval: IntervalBuild,
    private readonly tables: TableState,
  ) {}

  /** @throws {TransformNotFoundError} @throws {InvalidModelFileError} @throws {InvalidRangeError} */
  async plan(options: BuildOptions): Promise<Plan> {
    await this.transforms.refresh();
    const wanted = this.transforms.inOrder(options.models).filter(({ kind }) => kind !== 'view');
    const ranges = rangesFor(wanted, options);
    const planned: PlannedModel[] = [];
    for (const model of wanted) {
      const changed = planned.filter(isWritten).map(({ name }) => name);
      planned.push(await this.planOne(model, changed, options.force || ranges.get(model.name) || false));
    }
    if (!options.models) planned.push(...(await this.removed()));
    const written = planned.filter(isWritten);
    return {
      models: planned,
      changes: written.length,
      rows_read: written.reduce((sum, { rows_read: rows }) => sum + rows, 0),
    };
  }

  private async planOne(model: ReferencedModel, changed: readonly string[], again: boolean | Interval): Promise<PlannedModel> {
    const found = await this.reads.found(model);
    const planned = { model, found, changed };
    const common = { name: model.name, kind: model.kind, intervals: null, warnings: [] };
    const missing = found.missing.filter((table) => !changed.includes(table));
    if (missing.length > 0) {
      const reasons = missing.map((table) =>
        this.transforms.find(table)
          ? `${table} cannot be built`
          : `${table} is not there: load its source first, or mend the name`,
      );
      return withReads({ ...common, action: 'blocked', reasons }, this.reads.of(planned));
    }
    const table = await this.tables.of(model.name);
    const made = await this.madeFrom(model, found, changed);
    if (model.kind === 'incremental_by_time') {
      const work = await this.byInterval.work({ model, inputs: found, made, run: NO_RUN }, table, again);
      const reads = await this.reads.inIntervals(planned, rangesOf(work.open));
      return withReads(
        { ...common, ...actionOf(table, made, again, work), intervals: intervalsOf(work), warnings: [...work.warnings] },
        reads,
      );
    }
    const work = actionOf(table, made, again);
    const merges = model.kind === 'incremental_by_key' && work.action === 'update' && !again;
    const readsOwn = model.kind === 'snapshot' || merges;
    return withReads({ ...common, ...work }, readsOwn ? this.reads.withOwn(planned, table) : this.reads.of(planned));
  }

  /** As it will be when those before it are built. */
  private async madeFrom(model: ReferencedModel, found: FoundInputs, changed: readonly string[]): Promise<MadeFrom> {
    const made = await this.fingerprints.of(model, found);
    const names = [...Object.keys(made.inputs), ...found.missing].filter((name) => changed.includes(name));
    return { ...made, inputs: { ...made.inputs, ...Object.fromEntries(names.map((name) => [name, BUILT_FIRST])) } };
  }

  /** Tables that a model built of which the workspace has no file any more. */
  private async removed(): Promise<PlannedModel[]> {
    const orphans = (await this.tables.built()).filter((name) => {
      const model = this.transforms.find(name);
      return !model || model.kind === 'view';
    });
    return orphans.map((name) => ({
      ...{ name, kind: null, action: 'remove', reads: [], rows_read: 0, intervals: null, warnings: [] },
      reasons: [
        this.transforms.find(name)
          ? 'it is a view now; the table that it was stays as it is'
          : 'the workspace has no such model any more; its table stays as it is',
      ],
    }));
  }
}

const isWritten = ({ action }: Pick<PlannedModel, 'action'>): boolean => ['add', 'change', 'update'].includes(action);

/** What is not written is not read either. */
function withReads(model: Omit<PlannedModel, 'reads' | 'rows_read'>, reads: PlannedModel['reads']): PlannedModel {
  const read = isWritten(model) ? reads : reads.map((each) => ({ ...each, rows_read: each.rows_read && 0 }));
  return { ...model, reads: read, rows_read: read.reduce((sum, { rows_read: rows }) => sum + (rows ?? 0), 0) };
}

function actionOf(
  table: BuiltTable,
  made: MadeFrom,
  again: boolean | Interval,
  work?: IntervalWork,
): Pick<PlannedModel, 'action' | 'reasons'> {
  if (work && work.open.length === 0) return { action: 'keep', reasons: [] };
  if (!table.snapshot) return { action: 'add', reasons: ['there is no such table yet'] };
  const { madeFrom } = table;
  const reasons = madeFrom ? reasonsFor(madeFrom, made) : ['it is not known what the table was made from'];
  if (!table.isMadeAs(made)) return { action: 'change', reasons };
  if (again) return { action: 'update', reasons: ['it was asked for', ...reasons] };
  if (work) return { action: 'update', reasons: [`not done, or done before what they read changed: ${listed(work)}`] };
  if (table.isSame(made)) return { action: 'keep', reasons: [] };
  return { action: 'update', reasons: reasons.length > 0 ? reasons : ['somebody else has changed the table'] };
}

function intervalsOf({ open, whole }: IntervalWork): PlannedModel['intervals'] {
  const ranges = rangesOf(open).map(({ start, end }) => ({ start: start.toISOString(), end: end.toISOString() }));
  return { count: open.length, ranges, in_one_commit: whole };
}

const listed = ({ open }: IntervalWork): string => rangesOf(open).map(toText).join(', ');

function rangesOf(intervals: readonly Interval[]): Interval[] {
  const ranges: Interval[] = [];
  for (const interval of intervals) {
    const last = ranges.at(-1);
    if (last && last.end.getTime() === interval.start.getTime()) ranges[ranges.length - 1] = { ...last, end: interval.end };
    else ranges.push(interval);
  }
  return ranges;
}
