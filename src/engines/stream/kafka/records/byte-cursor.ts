const MORE = 0x80;
const BITS = 0x7f;

/** Reads one field after the other, as Kafka's protocol writes them. @throws {RangeError} beyond the end */
export class ByteCursor {
  constructor(
    private readonly bytes: Buffer,
    private at = 0,
  ) {}

  int8(): number {
    return this.bytes.readInt8(this.skip(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.skip(8));
  }

  /** @returns undefined where null was written */
  text(): string | undefined {
    return this.slice(this.int16())?.toString();
  }

  /** Of 32 bits at most, in zigzag. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & BITS) << shift;
      if (byte < MORE) return (value >>> 1) ^ -(value & 1);
    }
  }

  /** Of 64 bits, in zigzag. Nearly all are small. */
  varlong(): number | bigint {
    const start = this.at;
    for (let length = 1; length <= 4; length++) {
      if (this.byte() >= MORE) continue;
      this.at = start;
      return this.varint();
    }
    this.at = start;
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & BITS) << shift;
      if (byte < MORE) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
  }

  /** A window on the bytes. @param length negative for null @returns undefined for null */
  slice(length: number): Buffer | undefined {
    if (length < 0) return undefined;
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /** @returns where it was */
  skip(length: number): number {
    const start = this.at;
    if (start + length > this.bytes.length) throw new RangeError('The bytes end in the middle of a field');
    this.at = start + length;
    return start;
  }

  array<Item>(item: () => Item): Item[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item);
  }

  private byte(): number {
    const start = this.skip(1);
    return this.bytes[start];
  }
}
