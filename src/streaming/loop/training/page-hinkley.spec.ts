import { seededUniform } from '../../../../test/fixtures/training-set.js';
import { isAlarmed, type PageHinkley, UNDISTURBED, withError } from './page-hinkley.js';

const SENSITIVITY = { tolerance: 0.05, threshold: 15 };

/** @returns after how many errors it is alarmed, and where it says that the change began */
function alarmOf(errors: Iterable<number>): { after: number; began: number } | undefined {
  let state: PageHinkley = UNDISTURBED;
  for (const error of errors) {
    state = withError(state, error, SENSITIVITY);
    if (isAlarmed(state, SENSITIVITY)) return { after: state.count, began: state.leastAt };
  }
  return undefined;
}

function* errorsOf(seed: number, count: number, from = Infinity, rise = 0): Generator<number> {
  const uniform = seededUniform(seed);
  for (let at = 0; at < count; at++) yield uniform() * 0.4 + (at >= from ? rise : 0);
}

describe('Page and Hinkley', () => {
  it('leave a steady model alone', () => {
    for (const seed of [1, 2, 3]) expect(alarmOf(errorsOf(seed, 200_000))).toBeUndefined();
  });

  it('hear a change soon, and know where it began', () => {
    const { after, began } = alarmOf(errorsOf(1, 10_000, 5_000, 0.4))!;
    expect(after).toBeLessThan(5_060);
    expect(Math.abs(began - 5_000)).toBeLessThan(10);
  });

  it('hear nothing in a model that gets better', () => {
    expect(alarmOf(errorsOf(1, 10_000, 5_000, -0.1))).toBeUndefined();
  });
});
