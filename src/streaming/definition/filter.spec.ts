import { Condition, filterOf } from './filter.js';

const passes = (value: object, ...conditions: object[]): boolean =>
  filterOf(conditions.map((condition) => Condition.parse(condition)))(value as Record<string, unknown>);

describe('a filter', () => {
  it.each<[object, object]>([
    [{ equals: 'indoor' }, { kind: 'indoor' }],
    [{ equals: 20 }, { kind: 20 }],
    [{ equals: false }, { kind: false }],
    [{ not: 'indoor' }, { kind: 'outdoor' }],
    [{ in: ['indoor', 20, true] }, { kind: 20 }],
    [{ above: 20 }, { kind: 20.5 }],
    [{ above: 'b' }, { kind: 'c' }],
    [{ at_least: 20 }, { kind: 20 }],
    [{ below: 20 }, { kind: -1 }],
    [{ at_most: 20 }, { kind: 20 }],
    [{ above: 0, below: 10 }, { kind: 5 }],
    [{ present: true }, { kind: 0 }],
    [{ present: false }, { kind: null }],
  ])('with %j takes %j', (test, value) => {
    expect(passes(value, { field: 'kind', ...test })).toBe(true);
  });

  it.each<[object, object]>([
    [{ equals: 'indoor' }, { kind: 'Indoor' }],
    [{ not: 'indoor' }, { kind: 'indoor' }],
    [{ in: ['indoor'] }, { kind: 'outdoor' }],
    [{ above: 20 }, { kind: 20 }],
    [{ at_least: 20 }, { kind: 19.9 }],
    [{ below: 20 }, { kind: 20 }],
    [{ at_most: 20 }, { kind: 20.1 }],
    [{ above: 0, below: 10 }, { kind: 10 }],
    [{ present: true }, { kind: null }],
    [{ present: false }, { kind: '' }],
  ])('with %j leaves out %j', (test, value) => {
    expect(passes(value, { field: 'kind', ...test })).toBe(false);
  });

  it.each(['1', true, null, [1], { value: 1 }, NaN])('compares no number with %j, as it is none', (kind) => {
    for (const test of [{ equals: 1 }, { in: [1] }, { above: 0 }, { at_least: 0 }, { below: 2 }, { at_most: 2 }]) {
      expect(passes({ kind }, { field: 'kind', ...test })).toBe(false);
    }
  });

  it('finds nothing true of a value that is missing, but that it is another one', () => {
    const tests = [{ equals: 'a' }, { in: ['a'] }, { above: '' }, { at_least: '' }, { below: 'z' }, { at_most: 'z' }];
    for (const missing of [{}, { kind: null }, { kind: undefined }]) {
      for (const test of tests) expect(passes(missing, { field: 'kind', ...test })).toBe(false);
      expect(passes(missing, { field: 'kind', not: 'a' })).toBe(true);
    }
  });

  it('reads what lies in objects, and finds nothing where there are none', () => {
    const deep = { field: 'reading.celsius', above: 20 };
    expect([{ celsius: 21 }, { celsius: 20 }, 21, null, [21]].map((reading) => passes({ reading }, deep))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('finds only what an event has itself', () => {
    expect(passes({}, { field: 'constructor', present: true })).toBe(false);
    expect(passes(JSON.parse('{"__proto__": 1}') as object, { field: '__proto__', equals: 1 })).toBe(true);
  });

  it('takes events for which every condition is true, and all where there is none', () => {
    const [indoor, warm] = [
      { field: 'kind', equals: 'indoor' },
      { field: 'celsius', above: 20 },
    ];
    expect([passes({}), passes({ kind: 'indoor', celsius: 21 }, indoor, warm)]).toEqual([true, true]);
    expect(passes({ kind: 'indoor', celsius: 19 }, indoor, warm)).toBe(false);
  });
});
