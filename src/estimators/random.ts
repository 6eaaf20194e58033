/** The generator sfc32 (Chris Doty-Humphrey, PractRand): fast, and streams of different seeds have nothing to do with each other. */
export class Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9 | 0;
  private counter = 1;

  constructor(seed: number, stream: number) {
    this.a = seed | 0;
    this.b = stream | 0;
    // What its author prescribes: after fifteen rounds every bit of the seed has reached every other.
    for (let round = 0; round < 15; round++) this.next();
  }

  /** @returns an integer from 0 to 2³² − 1 */
  next(): number {
    const mixed = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + mixed) | 0;
    return mixed >>> 0;
  }

  /** @returns a number from 0 up to, and without, 1 */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  /** @returns an integer from 0 to `bound` − 1 */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }
}
