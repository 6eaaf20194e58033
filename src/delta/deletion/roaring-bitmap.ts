/** Of the first four bytes in the variants without and with containers of runs. */
const COOKIE = { plain: 12_346, runs: 12_347 };
/** A container holds up to 2^16 values; with more than so many it is a bitmap. */
const MOST_IN_ARRAY = 4_096;
/** With runs and fewer containers than this, nothing says where they begin. */
const NO_OFFSETS_BELOW = 4;
const CONTAINER_VALUES = 2 ** 16;
const BITMAP_WORDS = CONTAINER_VALUES / 32;

/**
 * The numbers of a set, ascending, from the portable form of 64-bit Roaring bitmaps
 * (https://github.com/RoaringBitmap/RoaringFormatSpec).
 * @throws {RangeError} when the bytes end too early
 */
export function readRoaringBitmap(bytes: Buffer): number[] {
  const reader = new RoaringReader(bytes);
  const values: number[] = [];
  for (let buckets = reader.uint64(); buckets > 0; buckets--) {
    const high = reader.uint32() * 2 ** 32;
    reader.bucket(high, values);
  }
  return values;
}

interface Container {
  readonly key: number;
  readonly count: number;
  readonly isRuns: boolean;
}

class RoaringReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  uint64(): number {
    return Number(this.bytes.readBigUInt64LE(this.advance(8)));
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.advance(4));
  }

  /** One 32-bit bitmap. @param values take its numbers, each with this one added */
  bucket(high: number, values: number[]): void {
    for (const { key, count, isRuns } of this.containers()) {
      const from = high + key * CONTAINER_VALUES;
      if (isRuns) this.runs(from, values);
      else if (count > MOST_IN_ARRAY) this.bitmap(from, values);
      else for (let index = 0; index < count; index++) values.push(from + this.uint16());
    }
  }

  private containers(): Container[] {
    const cookie = this.uint32();
    const withRuns = (cookie & 0xffff) === COOKIE.runs;
    if (!withRuns && cookie !== COOKIE.plain) throw new RangeError(`it begins with ${cookie}, which is no Roaring bitmap`);
    const size = withRuns ? (cookie >>> 16) + 1 : this.uint32();
    const runFlags = withRuns ? this.advance(Math.ceil(size / 8)) : 0;
    const containers = Array.from({ length: size }, (_, index) => ({
      ...{ key: this.uint16(), count: this.uint16() + 1 },
      isRuns: withRuns && ((this.bytes[runFlags + (index >> 3)] >> (index & 7)) & 1) === 1,
    }));
    // They follow each other: where each begins need not be looked up.
    if (!withRuns || size >= NO_OFFSETS_BELOW) this.advance(4 * size);
    return containers;
  }

  private runs(from: number, values: number[]): void {
    for (let left = this.uint16(); left > 0; left--) {
      const start = from + this.uint16();
      const end = start + this.uint16();
      for (let value = start; value <= end; value++) values.push(value);
    }
  }

  private bitmap(from: number, values: number[]): void {
    for (let word = 0; word < BITMAP_WORDS; word++) {
      for (let bits = this.uint32(); bits !== 0;) {
        const bit = 31 - Math.clz32(bits & -bits);
        values.push(from + 32 * word + bit);
        bits = (bits & (bits - 1)) >>> 0;
      }
    }
  }

  private uint16(): number {
    return this.bytes.readUInt16LE(this.advance(2));
  }

  private advance(count: number): number {
    const { at } = this;
    this.at += count;
    if (this.at > this.bytes.length) throw new RangeError(`it ends after ${this.bytes.length} bytes`);
    return at;
  }
}
