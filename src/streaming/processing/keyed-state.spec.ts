import { type Codec, KeyedState } from './keyed-state.js';

const NUMBERS: Codec<number> = { write: (value, to) => to.number(value), read: (from) => from.number() };
const aState = (): KeyedState<number> => new KeyedState(NUMBERS);

const contents = (state: KeyedState<number>): [number, string, number][] =>
  [...state.spaceNumbers()]
    .flatMap((space) => Array.from(state.entriesOf(space), ({ key, value }): [number, string, number] => [space, key, value]))
    .sort();

describe('KeyedState', () => {
  it('is the same again after its snapshots are restored in order', () => {
    const state = aState();
    const kept: Buffer[] = [];
    let seed = 7;
    const below = (bound: number): number => (seed = (seed * 48_271) % 2_147_483_647) % bound;
    for (let step = 0; step < 2_000; step++) {
      const [space, key] = [below(5) * 60_000 - 120_000, `k${below(20)}`];
      const action = below(20);
      const entry = state.get(space, key);
      if (action === 0) state.drop(space);
      else if (action === 1) state.remove(space, key);
      else if (entry) {
        entry.value += 0.5;
        state.touch(entry);
      } else state.put(space, key, step);
      if (below(30) > 0) continue;
      kept.push(...state.snapshot('changes'));
      const restored = aState();
      for (const piece of kept) restored.restore(piece);
      expect([contents(restored), restored.size]).toEqual([contents(state), state.size]);
    }
  });

  it('tells in a snapshot of changes only what has changed', () => {
    const state = aState();
    for (let key = 0; key < 1_000; key++) state.put(0, String(key), key);
    const [whole] = [...state.snapshot('whole')];
    state.touch(state.get(0, '7')!);
    const [changes] = [...state.snapshot('changes')];
    expect(changes.length).toBeLessThan(whole.length / 100);
    expect([...state.snapshot('changes')]).toEqual([]);
  });

  it.each([0, -0, 1, -1, 2 ** 31, -(2 ** 40), 0.1, NaN, Infinity, 1e300])('keeps the number %p', (value) => {
    const state = aState();
    state.put(0, 'é', value);
    const restored = aState();
    for (const piece of state.snapshot('whole')) restored.restore(piece);
    expect(restored.get(0, 'é')?.value).toBe(value);
  });
});
