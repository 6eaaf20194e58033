import { Random } from '../random.js';
import { type Detector, type Finding, LARGEST_VALUE } from './anomaly.types.js';
import { DETECTORS } from './detectors.estimator.js';
import { ewma } from './ewma.estimator.js';
import { gaussian } from './gaussian.estimator.js';
import { halfSpaceTrees } from './half-space-trees.estimator.js';
import { robust } from './robust.estimator.js';
import { seasonal } from './seasonal.estimator.js';

const STEP = 5 * 60_000;

/** A daily wave with noise, every five minutes. */
const wave = (length: number, seed = 1): number[] => {
  const random = new Random(seed, 0);
  return Array.from({ length }, (_, i) => 20 + 5 * Math.sin((i / 288) * 2 * Math.PI) + random.fraction() + random.fraction() - 1);
};
const noise = (length: number): number[] => {
  const random = new Random(7, 0);
  return Array.from({ length }, () => random.fraction() + random.fraction() + random.fraction() - 1.5);
};
const run = (detector: Detector, values: readonly number[], from = 0): Finding[] =>
  values.map((value, i) => detector.observe([value], (from + i) * STEP));
const last = (findings: readonly Finding[]): Finding => findings[findings.length - 1];

describe.each(DETECTORS.map((kind) => [kind.name, kind] as const))('%s', (_name, kind) => {
  it('goes on from its state as if nothing had been between', () => {
    const values = wave(2500);
    const whole = run(kind.open(), values);
    const first = kind.open();
    run(first, values.slice(0, 1100));
    const second = kind.open({}, 1, first.state());
    expect(run(second, values.slice(1100), 1100)).toEqual(whole.slice(1100));
  });

  it('finds what is far out, and gives scores from 0 to 1 whatever comes', () => {
    const findings = run(kind.open(), [...noise(1500), 1e6, 0, -LARGEST_VALUE, LARGEST_VALUE, ...noise(1500)]);
    for (const { score } of findings) expect(score >= 0 && score <= 1).toBe(true);
    expect(findings[1500].score).toBeGreaterThan(0.5);
    expect(findings[1500].reason).toMatch(/1000000/);
  });

  it('has nothing to say of a series that never changes', () => {
    expect(run(kind.open(), Array<number>(1000).fill(3)).filter(({ reason }) => reason !== '')).toEqual([]);
  });

  it('refuses the state of another kind', () => {
    expect(() => kind.open({}, 1, new Float64Array(5))).toThrow(RangeError);
  });

  it('refuses a parameter that it does not have', () => {
    expect(() => kind.open({ sensitivity: 3 })).toThrow(/sensitivity/);
  });
});

describe('ewma', () => {
  it('counts in standard deviations from the moving mean', () => {
    const finding = last(
      run(ewma.open({ memory: 1000, limit: 4 }), [...Array.from({ length: 100 }, (_, i) => (i % 2 ? 11 : 9)), 18]),
    );
    expect(finding).toMatchObject({ score: expect.closeTo(8 / 12, 2), expected: expect.closeTo(10, 5) });
    expect(finding.reason).toBe('18 is above the 10 expected, 8 deviations');
  });
});

describe('gaussian', () => {
  it.each([
    [1, 0.3173105],
    [3, 2.699796e-3],
    [5, 5.733031e-7],
    [5.999, 1.985e-9],
    [6.001, 1.961e-9],
    [10, 1.524e-23],
  ])('knows the tail of %d standard deviations', (z, tail) => {
    const values = Array.from({ length: 1000 }, (_, i) => (i % 2 ? 1 : -1));
    const { score } = last(run(gaussian.open({ window: 1000, limit: 5 }), [...values, z]));
    expect((5 * score) / (1 - score)).toBeCloseTo(-Math.log10(tail), 2);
  });

  it('keeps its sums exact over many windows', () => {
    const values = noise(20_000).map((value) => 1e6 + value);
    const { score } = last(run(gaussian.open({ window: 100 }), values));
    const { score: fresh } = last(run(gaussian.open({ window: 100 }), values.slice(-101)));
    expect(score).toBeCloseTo(fresh, 6);
  });
});

describe('robust', () => {
  it('is not misled by outliers among the values it looks back on', () => {
    const values = noise(500).map((value, i) => (i % 5 === 0 ? 1000 : value));
    const finding = last(run(robust.open({ window: 100, floor_share: 0 }), [...values, 20]));
    expect(finding.score).toBeGreaterThan(0.5);
    expect(Math.abs(finding.expected ?? NaN)).toBeLessThan(1);
  });

  it('does not take the first small step after a flat stretch for an anomaly, thanks to its floor', () => {
    const values = [...noise(300), ...Array<number>(150).fill(0), 0.1];
    expect(last(run(robust.open({ window: 100 }), values)).score).toBeLessThan(0.5);
    expect(last(run(robust.open({ window: 100, floor_share: 0 }), values)).score).toBe(1);
  });
});

describe('seasonal', () => {
  it('finds a value at night that is usual at noon', () => {
    const values = wave(288 * 14);
    const [noon, night] = [288 * 13 + 72, 288 * 13 + 216];
    values[noon] = values[night] = 24;
    const findings = run(seasonal.open(), values);
    expect([findings[noon].reason, findings[night].reason]).toEqual([
      '',
      expect.stringMatching(/^24 instead of the 15\.\d+ usual at this time/),
    ]);
  });

  it('finds a shift too weak for any single value to tell', () => {
    const begin = 288 * 13;
    const values = wave(288 * 14).map((value, i) => (i < begin ? value : value + 0.5));
    const findings = run(seasonal.open(), values);
    const told = findings.findIndex(({ reason }, i) => i >= begin && reason !== '');
    expect(told - begin).toBeGreaterThan(0);
    expect(told - begin).toBeLessThan(64);
    expect(findings[told].reason).toMatch(/^the mean of the last (16|64) values is away from the .* usual at this time: /);
  });

  it('finds a series that has become restless, though each value is as it might be', () => {
    const begin = 288 * 13;
    const usual = (i: number): number => 20 + 5 * Math.sin((i / 288) * 2 * Math.PI);
    const values = wave(288 * 14, 2).map((value, i) => (i < begin ? value : usual(i) + (i % 2 ? 0.7 : -0.7)));
    const told = run(seasonal.open(), values).find(({ reason }, i) => i >= begin + 10 && reason !== '');
    expect(told?.reason).toMatch(/^moves from one value to the next as it never does/);
  });

  it('tells an anomaly that lasts when it begins and when it gets much worse, not at each of its values', () => {
    const begin = 288 * 13;
    const values = wave(288 * 14).map((value, i) => (i < begin || i > begin + 60 ? value : value + 40));
    const told = run(seasonal.open(), values).filter(({ reason }, i) => i >= begin && reason !== '').length;
    expect([told > 0, told <= 3]).toEqual([true, true]);
  });
});

describe('half-space trees', () => {
  it('find two values that are each usual but not together', () => {
    const random = new Random(3, 0);
    const detector = halfSpaceTrees.open({}, 2);
    const scores: number[] = [];
    for (let i = 0; i < 3000; i++) {
      const x = random.fraction();
      scores.push(detector.observe([x, x + 0.05 * random.fraction()], i).score);
    }
    const usual = scores.slice(500).toSorted((a, b) => a - b);
    expect(detector.observe([0.1, 0.9], 0).score).toBeGreaterThan(usual[Math.floor(usual.length * 0.99)]);
  });

  it('are cut the same from the same seed, and another way from another', () => {
    const scores = (seed: number): number[] => run(halfSpaceTrees.open({ seed }), noise(600)).map(({ score }) => score);
    expect(scores(1)).toEqual(scores(1));
    expect(scores(1)).not.toEqual(scores(2));
  });
});
