import type { ByteReader, ByteWriter } from '../processing/bytes.js';
import { type Entry, KeyedState } from '../processing/keyed-state.js';
import type { Emission, Operator, OutputShape, StreamEvent } from '../processing/operator.types.js';
import type { Accumulator } from './aggregation.js';
import { ClosingTimes } from './closing-times.js';
import type { AggregateOptions } from './window.schema.js';
import { type Interval, touches } from './window-assignment.js';
import { WindowRows } from './window-rows.js';

interface Session extends Interval {
  readonly accumulator: Accumulator;
  /** Whether readers know of it, so that it has to be taken back when another takes it in. */
  told: boolean;
  /** Something has come since it was told. */
  news: boolean;
}

interface Sessions {
  /** In no order. */
  all: readonly Session[];
  /** When they are looked at next; any other appointment of theirs is void. */
  appointed: number;
}

/** All sessions of a group stand under its key in one space. */
const SPACE = 0;

/** A session lasts as long as events of its group come within the gap; an event that bridges two makes them one. */
export class SessionWindows implements Operator {
  readonly output: OutputShape;
  private readonly rows: WindowRows;
  private readonly state: KeyedState<Sessions>;
  private readonly closings = new ClosingTimes();
  private watermark = -Infinity;
  private sessions = 0;
  /** Restored, and not counted yet. */
  private uncounted = false;

  constructor(
    options: AggregateOptions,
    private readonly gap: number,
  ) {
    this.rows = new WindowRows(options);
    this.output = this.rows.output;
    this.state = new KeyedState({
      write: (sessions, to) => this.write(sessions, to),
      read: (from) => this.read(from),
    });
  }

  get entries(): number {
    this.count();
    return this.sessions;
  }

  process(event: StreamEvent, emission: Emission): void {
    this.count();
    const { groups, aggregation } = this.rows;
    const key = groups.keyOf(event.value);
    const inputs = aggregation.inputsOf(event.value);
    const own: Interval = { start: event.time, end: event.time + this.gap };
    const before = this.state.get(SPACE, key)?.value.all ?? [];
    const met = before.filter((session) => touches(session, own));
    if (met.length === 0 && this.rows.closingOf(own.end) <= this.watermark) return emission.late(event);
    const merged = this.merged(own, met);
    aggregation.add(merged.accumulator, inputs);
    for (const session of met) {
      if (session.told && session.start !== merged.start) emission.row(this.rows.gone(key, session));
    }
    this.keep(key, [...before.filter((session) => !met.includes(session)), merged]);
    this.sessions += 1 - met.length;
  }

  advance(watermark: number, emission: Emission): void {
    this.count();
    this.watermark = watermark;
    while (this.closings.next <= watermark) {
      const { time, key } = this.closings.take();
      const entry = this.state.get(SPACE, key);
      if (entry?.value.appointed === time) this.close(entry, emission);
    }
  }

  flush(emission: Emission): void {
    const { mode } = this.rows;
    if (mode === 'append' || !this.state.hasChanges) return;
    for (const { key, value } of mode === 'complete' ? this.state.entriesOf(SPACE) : this.state.changes()) {
      for (const session of value.all) if (session.news || mode === 'complete') this.tell(key, session, emission);
    }
  }

  snapshot(extent: 'changes' | 'whole'): Iterable<Buffer> {
    return this.state.snapshot(extent);
  }

  restore(piece: Buffer): void {
    this.state.restore(piece);
    this.uncounted = true;
  }

  private count(): void {
    if (!this.uncounted) return;
    this.uncounted = false;
    for (const { key, value } of this.state.entriesOf(SPACE)) {
      this.sessions += value.all.length;
      this.appoint(key, value);
    }
  }

  private merged(own: Interval, met: readonly Session[]): Session {
    const { aggregation } = this.rows;
    const accumulator = met[0]?.accumulator ?? aggregation.begin();
    for (const { accumulator: other } of met.slice(1)) aggregation.merge(accumulator, other);
    const start = Math.min(own.start, ...met.map((session) => session.start));
    const end = Math.max(own.end, ...met.map((session) => session.end));
    return { start, end, accumulator, told: met.some((session) => session.told && session.start === start), news: true };
  }

  private keep(key: string, all: readonly Session[]): void {
    const entry = this.state.get(SPACE, key) ?? this.state.put(SPACE, key, { all, appointed: Infinity });
    entry.value.all = all;
    this.state.touch(entry);
    this.appoint(key, entry.value);
  }

  /** Sessions that only grow keep their appointment, and get another when it comes. */
  private appoint(key: string, sessions: Sessions): void {
    const first = Math.min(...sessions.all.map(({ end }) => this.rows.closingOf(end)));
    if (first >= sessions.appointed) return;
    sessions.appointed = first;
    this.closings.add(first, key);
  }

  private close({ key, value }: Entry<Sessions>, emission: Emission): void {
    const isClosed = ({ end }: Interval): boolean => this.rows.closingOf(end) <= this.watermark;
    const closed = value.all.filter(isClosed).sort((a, b) => a.start - b.start);
    for (const session of closed) if (session.news || this.rows.mode === 'append') this.tell(key, session, emission);
    this.sessions -= closed.length;
    if (closed.length === value.all.length) return this.state.remove(SPACE, key);
    value.appointed = Infinity;
    const open = value.all.filter((session) => !isClosed(session));
    if (closed.length > 0) this.keep(key, open);
    else this.appoint(key, value);
  }

  private tell(key: string, session: Session, emission: Emission): void {
    emission.row(this.rows.row(key, session, session.accumulator));
    session.told = true;
    session.news = false;
  }

  private write({ all }: Sessions, to: ByteWriter): void {
    to.count(all.length);
    for (const { start, end, told, accumulator } of all) {
      to.number(start);
      to.count(end - start);
      to.byte(told ? 1 : 0);
      this.rows.aggregation.write(accumulator, to);
    }
  }

  private read(from: ByteReader): Sessions {
    const all = Array.from({ length: from.count() }, () => {
      const start = from.number();
      const end = start + from.count();
      const told = from.byte() === 1;
      return { start, end, told, news: false, accumulator: this.rows.aggregation.read(from) };
    });
    return { all, appointed: Infinity };
  }
}
