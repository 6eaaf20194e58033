import { type Entry, KeyedState } from '../processing/keyed-state.js';
import type { Emission, Operator, OutputShape, StreamEvent } from '../processing/operator.types.js';
import type { Accumulator } from './aggregation.js';
import type { AggregateOptions } from './window.schema.js';
import { type Grid, startsOf } from './window-assignment.js';
import { WindowRows } from './window-rows.js';

/** Windows of one length on a grid that is the same for all groups: tumbling and hopping ones. */
export class AlignedWindows implements Operator {
  readonly output: OutputShape;
  private readonly rows: WindowRows;
  private readonly state: KeyedState<Accumulator>;
  private watermark = -Infinity;
  /** At this watermark the next window closes. */
  private nextClosing = Infinity;

  constructor(
    options: AggregateOptions,
    private readonly grid: Grid,
  ) {
    this.rows = new WindowRows(options);
    this.output = this.rows.output;
    const { aggregation } = this.rows;
    this.state = new KeyedState({ write: (value, to) => aggregation.write(value, to), read: (from) => aggregation.read(from) });
  }

  get entries(): number {
    return this.state.size;
  }

  process(event: StreamEvent, emission: Emission): void {
    const { groups, aggregation } = this.rows;
    const key = groups.keyOf(event.value);
    const inputs = aggregation.inputsOf(event.value);
    let open = false;
    for (const start of startsOf(event.time, this.grid)) {
      if (this.closingOf(start) <= this.watermark) continue;
      open = true;
      const entry = this.state.get(start, key) ?? this.begin(start, key);
      aggregation.add(entry.value, inputs);
      this.state.touch(entry);
    }
    if (!open) emission.late(event);
  }

  advance(watermark: number, emission: Emission): void {
    this.watermark = watermark;
    if (watermark < this.nextClosing) return;
    const closed = [...this.state.spaceNumbers()].filter((start) => this.closingOf(start) <= watermark);
    for (const start of closed.sort((a, b) => a - b)) this.close(start, emission);
    this.nextClosing = this.firstClosing();
  }

  flush(emission: Emission): void {
    const { mode } = this.rows;
    if (mode === 'append' || !this.state.hasChanges) return;
    const told =
      mode === 'complete'
        ? [...this.state.spaceNumbers()].flatMap((start) => [...this.state.entriesOf(start)])
        : this.state.changes();
    for (const entry of told) this.tell(entry, emission);
  }

  snapshot(extent: 'changes' | 'whole'): Iterable<Buffer> {
    return this.state.snapshot(extent);
  }

  restore(piece: Buffer): void {
    this.state.restore(piece);
    this.nextClosing = this.firstClosing();
  }

  private closingOf(start: number): number {
    return this.rows.closingOf(start + this.grid.size);
  }

  private begin(start: number, key: string): Entry<Accumulator> {
    this.nextClosing = Math.min(this.nextClosing, this.closingOf(start));
    return this.state.put(start, key, this.rows.aggregation.begin());
  }

  private close(start: number, emission: Emission): void {
    for (const entry of this.state.entriesOf(start)) {
      if (this.rows.mode === 'append' || entry.changed) this.tell(entry, emission);
    }
    this.state.drop(start);
  }

  private tell({ space, key, value }: Entry<Accumulator>, emission: Emission): void {
    emission.row(this.rows.row(key, { start: space, end: space + this.grid.size }, value));
  }

  private firstClosing(): number {
    let first = Infinity;
    for (const start of this.state.spaceNumbers()) first = Math.min(first, this.closingOf(start));
    return first;
  }
}
