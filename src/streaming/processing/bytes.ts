const FIRST = 1024;

/** Small numbers in few bytes, one behind the other. */
export class ByteWriter {
  private buffer = Buffer.allocUnsafe(FIRST);
  private used = 0;

  get length(): number {
    return this.used;
  }

  byte(value: number): void {
    this.room(1);
    this.buffer[this.used++] = value;
  }

  /** A whole number from 0 to 2^53: seven bits a byte, the lowest first. */
  count(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.used++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.used++] = rest;
  }

  /** Any number: a small whole one takes one to five bytes, any other nine. */
  number(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0)) {
      return this.count((value < 0 ? -value * 2 - 1 : value * 2) + 1);
    }
    this.byte(0);
    this.double(value);
  }

  double(value: number): void {
    this.room(8);
    this.used = this.buffer.writeDoubleLE(value, this.used);
  }

  text(value: string): void {
    this.bytes(Buffer.from(value));
  }

  bytes(value: Uint8Array): void {
    this.count(value.length);
    this.room(value.length);
    this.buffer.set(value, this.used);
    this.used += value.length;
  }

  /** @returns all that was written since the last time */
  take(): Buffer {
    const taken = Buffer.from(this.buffer.subarray(0, this.used));
    this.used = 0;
    return taken;
  }

  private room(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.used + bytes));
    this.buffer.copy(larger, 0, 0, this.used);
    this.buffer = larger;
  }
}

/** Reads in the same order what a {@link ByteWriter} wrote. */
export class ByteReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  get ended(): boolean {
    return this.at >= this.buffer.length;
  }

  byte(): number {
    return this.buffer.readUInt8(this.at++);
  }

  count(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  number(): number {
    const tagged = this.count();
    if (tagged === 0) return this.double();
    const value = tagged - 1;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const value = this.buffer.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  text(): string {
    return this.bytes().toString();
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = this.count();
    const value = this.buffer.subarray(this.at, this.at + length);
    if (value.length < length) throw new RangeError(`The bytes end ${length - value.length} before they should.`);
    this.at += length;
    return value;
  }
}
