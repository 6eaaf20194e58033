import { ByteReader, ByteWriter } from './bytes.js';

/** How a value is kept. */
export interface Codec<V> {
  write(value: V, to: ByteWriter): void;
  read(from: ByteReader): V;
}

/** A value under its key. Change the value in place or put another, and {@link KeyedState.touch} it. */
export interface Entry<V> {
  readonly space: number;
  readonly key: string;
  value: V;
  /** Of {@link KeyedState} alone: whether it goes with the next snapshot of changes. */
  changed: boolean;
}

const PIECE_BYTES = 4 * 1024 * 1024;
const SPACE = 0;
const VALUE = 1;
const REMOVED = 2;
const DROPPED = 3;

/**
 * Values by space and key, which remembers what has changed: a snapshot costs what has happened since the last one, not what
 * there is. A space (the start of a window, or always 0) is dropped as a whole at the cost of nothing.
 */
export class KeyedState<V> {
  private readonly spaces = new Map<number, Map<string, Entry<V>>>();
  private changed: Entry<V>[] = [];
  private removed: { readonly space: number; readonly key: string }[] = [];
  private readonly dropped = new Set<number>();
  private held = 0;

  constructor(private readonly codec: Codec<V>) {}

  get size(): number {
    return this.held;
  }

  spaceNumbers(): IterableIterator<number> {
    return this.spaces.keys();
  }

  /** Its entries, in the order in which their keys came. */
  entriesOf(space: number): Iterable<Entry<V>> {
    return this.spaces.get(space)?.values() ?? [];
  }

  /** What was put or touched since the last snapshot, and is there still. */
  changes(): Iterable<Entry<V>> {
    return this.changed.filter((entry) => this.isHeld(entry));
  }

  get hasChanges(): boolean {
    return this.changed.length + this.removed.length + this.dropped.size > 0;
  }

  get(space: number, key: string): Entry<V> | undefined {
    return this.spaces.get(space)?.get(key);
  }

  put(space: number, key: string, value: V): Entry<V> {
    const entry = { space, key, value, changed: true };
    this.hold(entry);
    this.changed.push(entry);
    return entry;
  }

  /** The value has changed. */
  touch(entry: Entry<V>): void {
    if (entry.changed) return;
    entry.changed = true;
    this.changed.push(entry);
  }

  remove(space: number, key: string): void {
    const entries = this.spaces.get(space);
    if (!entries?.delete(key)) return;
    this.held--;
    if (entries.size === 0) this.spaces.delete(space);
    this.removed.push({ space, key });
  }

  drop(space: number): void {
    this.held -= this.spaces.get(space)?.size ?? 0;
    if (this.spaces.delete(space)) this.dropped.add(space);
  }

  /** See `Operator.snapshot`. It is one when its last piece has been taken. */
  *snapshot(extent: 'changes' | 'whole'): Iterable<Buffer> {
    const writer = new ByteWriter();
    if (extent === 'changes') this.writeLosses(writer);
    const entries = extent === 'whole' ? this.all() : this.changes();
    let space: number | undefined;
    for (const entry of entries) {
      if (entry.space !== space) this.writeSpace(writer, (space = entry.space));
      this.writeEntry(writer, entry);
      if (writer.length < PIECE_BYTES) continue;
      yield writer.take();
      space = undefined;
    }
    if (writer.length > 0) yield writer.take();
    for (const entry of this.changed) entry.changed = false;
    this.changed = [];
    this.removed = [];
    this.dropped.clear();
  }

  /** See `Operator.restore`. */
  restore(piece: Buffer): void {
    const reader = new ByteReader(piece);
    let space = 0;
    while (!reader.ended) {
      const kind = reader.byte();
      if (kind === SPACE) space = reader.number();
      else if (kind === VALUE) this.hold({ space, key: reader.text(), value: this.codec.read(reader), changed: false });
      else if (kind === REMOVED) this.forget(space, reader.text());
      else this.forgetSpace(reader.number());
    }
  }

  private *all(): Iterable<Entry<V>> {
    for (const entries of this.spaces.values()) yield* entries.values();
  }

  private writeLosses(writer: ByteWriter): void {
    for (const space of this.dropped) {
      writer.byte(DROPPED);
      writer.number(space);
    }
    for (const { space, key } of this.removed) {
      this.writeSpace(writer, space);
      writer.byte(REMOVED);
      writer.text(key);
    }
  }

  private writeSpace(writer: ByteWriter, space: number): void {
    writer.byte(SPACE);
    writer.number(space);
  }

  private writeEntry(writer: ByteWriter, { key, value }: Entry<V>): void {
    writer.byte(VALUE);
    writer.text(key);
    this.codec.write(value, writer);
  }

  private isHeld(entry: Entry<V>): boolean {
    return this.get(entry.space, entry.key) === entry;
  }

  private hold(entry: Entry<V>): void {
    let entries = this.spaces.get(entry.space);
    if (!entries) this.spaces.set(entry.space, (entries = new Map()));
    if (!entries.has(entry.key)) this.held++;
    entries.set(entry.key, entry);
  }

  private forget(space: number, key: string): void {
    const entries = this.spaces.get(space);
    if (entries?.delete(key)) this.held--;
    if (entries?.size === 0) this.spaces.delete(space);
  }

  private forgetSpace(space: number): void {
    this.held -= this.spaces.get(space)?.size ?? 0;
    this.spaces.delete(space);
  }
}
