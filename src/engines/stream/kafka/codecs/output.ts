/** Bytes that grow, and repeat what came before. */
export class Output {
  private buffer: Buffer;
  private length = 0;

  constructor(expected: number) {
    this.buffer = Buffer.allocUnsafe(Math.max(expected, 1024));
  }

  append(bytes: Buffer): void {
    this.reserve(bytes.length);
    bytes.copy(this.buffer, this.length);
    this.length += bytes.length;
  }

  /** What is repeated may itself only come into being by it. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.length) throw new RangeError('What is repeated lies before the beginning');
    this.reserve(count);
    const start = this.length - distance;
    if (distance >= count) this.buffer.copyWithin(this.length, start, start + count);
    else for (let place = 0; place < count; place++) this.buffer[this.length + place] = this.buffer[start + place];
    this.length += count;
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + more));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
