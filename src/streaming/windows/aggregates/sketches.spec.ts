import { ByteReader, ByteWriter } from '../../processing/bytes.js';
import { HyperLogLog } from './hyperloglog.js';
import { TDigest } from './t-digest.js';

const written = (sketch: { write(to: ByteWriter): void }): Buffer => {
  const writer = new ByteWriter();
  sketch.write(writer);
  return writer.take();
};

/** Lehmer's generator. @returns numbers from 0 to 1 */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
};

describe('HyperLogLog', () => {
  it.each([0, 1, 10, 300, 513, 2_000, 30_000])('counts %i different texts within four standard errors', (different) => {
    const [sketch, numbered] = [new HyperLogLog(), new HyperLogLog()];
    for (let repeat = 0; repeat < 2; repeat++) {
      for (let item = 0; item < different; item++) sketch.add(`user-${item}`);
      for (let item = 0; item < different; item++) numbered.add(String(item * 1000));
    }
    for (const count of [sketch.result(), numbered.result()]) {
      expect(Math.abs(count - different)).toBeLessThanOrEqual(Math.ceil(4 * 0.0163 * different));
    }
  });

  it.each([100, 5_000])('is the same from two halves of %i as from the whole, also when read again', (different) => {
    const [whole, left, right] = [new HyperLogLog(), new HyperLogLog(), new HyperLogLog()];
    for (let item = 0; item < different; item++) {
      whole.add(`é${item}`);
      (item % 3 ? left : right).add(`é${item}`);
    }
    const merged = HyperLogLog.read(new ByteReader(written(right)));
    merged.merge(HyperLogLog.read(new ByteReader(written(left))));
    expect(written(merged)).toEqual(written(whole));
  });

  it('takes few bytes for few texts, and never more than its registers', () => {
    const sketch = new HyperLogLog();
    for (let item = 0; item < 10; item++) sketch.add(String(item));
    expect(written(sketch).length).toBeLessThan(40);
    for (let item = 0; item < 10_000; item++) sketch.add(String(item));
    expect(written(sketch).length).toBeLessThan(4_110);
  });
});

describe('TDigest', () => {
  const SHARES = [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1];
  const rankErrorOf = (digest: TDigest, values: readonly number[]): number => {
    const ascending = values.toSorted((a, b) => a - b);
    return Math.max(
      ...SHARES.map((share) => {
        const answer = digest.result(share)!;
        const below = ascending.filter((value) => value < answer).length / values.length;
        const upTo = ascending.filter((value) => value <= answer).length / values.length;
        return share < below ? below - share : Math.max(0, share - upTo);
      }),
    );
  };

  it.each([
    ['even', (x: number) => x],
    ['long-tailed', (x: number) => (-Math.log(1 - x)) ** 3],
    ['few different', (x: number) => Math.floor(x * 5)],
  ])('tells quantiles of %s values within one percent of the rank', (_name, shape) => {
    const random = randomFrom(11);
    const values = Array.from({ length: 8_000 }, () => shape(random()));
    const [digest, halves] = [new TDigest(), [new TDigest(), new TDigest()]];
    values.forEach((value, index) => {
      digest.add(value);
      halves[index % 2].add(value);
    });
    halves[0].merge(halves[1]);
    expect(rankErrorOf(digest, values)).toBeLessThan(0.01);
    expect(rankErrorOf(halves[0], values)).toBeLessThan(0.01);
    expect([digest.result(0), digest.result(1)]).toEqual([Math.min(...values), Math.max(...values)]);
  });

  it('is exact for one value, and has nothing to say of none', () => {
    const digest = new TDigest();
    expect(digest.result(0.5)).toBeNull();
    digest.add(42);
    expect(SHARES.map((share) => digest.result(share))).toEqual(SHARES.map(() => 42));
  });

  it('goes on the same when it is written, read and asked in between', () => {
    const random = randomFrom(5);
    let interrupted = new TDigest();
    const straight = new TDigest();
    for (let item = 0; item < 3_000; item++) {
      const value = random() * 1e6;
      straight.add(value);
      interrupted.add(value);
      if (item % 37 === 0) interrupted = TDigest.read(new ByteReader(written(interrupted)));
      if (item % 11 === 0) interrupted.result(0.9);
    }
    expect(written(interrupted)).toEqual(written(straight));
    expect(written(straight).length).toBeLessThan(4_000);
  });
});
