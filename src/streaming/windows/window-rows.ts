import type { OutputRow, OutputShape, OutputValues } from '../processing/operator.types.js';
import { type Accumulator, Aggregation } from './aggregation.js';
import { GroupKey } from './group-key.js';
import { type AggregateOptions, groupColumns } from './window.schema.js';
import type { Interval } from './window-assignment.js';

/** What windows of every kind share: groups, aggregates, and the rows that are made of them. */
export class WindowRows {
  readonly groups: GroupKey;
  readonly aggregation: Aggregation;
  readonly mode: AggregateOptions['mode'];
  private readonly lateness: number;

  constructor({ group_by, values, mode, allowed_lateness }: AggregateOptions) {
    this.groups = new GroupKey(groupColumns(group_by));
    this.aggregation = new Aggregation(values);
    this.mode = mode;
    this.lateness = allowed_lateness;
  }

  get output(): OutputShape {
    const bounds = ['window_start', 'window_end'].map((name) => ({ name, type: 'timestamp' as const }));
    const columns = [...bounds, ...this.groups.columns, ...this.aggregation.columns];
    if (this.mode === 'append') return { columns };
    return { columns, identity: ['window_start', ...this.groups.columns.map(({ name }) => name)] };
  }

  /** When the watermark closes a window; never, where all of them are told again and again. */
  closingOf(end: number): number {
    return this.mode === 'complete' ? Infinity : end + this.lateness;
  }

  row(key: string, window: Interval, accumulator: Accumulator): OutputRow {
    return this.about(key, window, this.aggregation.results(accumulator));
  }

  /** Takes back what was told of a window. */
  gone(key: string, window: Interval): OutputRow {
    return { ...this.about(key, window, {}), gone: true };
  }

  private about(key: string, { start, end }: Interval, results: OutputValues): OutputRow {
    return {
      key: this.groups.messageKey(key),
      // The last moment within it, so that windows over these rows fall where their events do.
      time: end - 1,
      values: { window_start: start, window_end: end, ...this.groups.valuesOf(key), ...results },
    };
  }
}
