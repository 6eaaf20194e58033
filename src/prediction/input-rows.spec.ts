import { InvalidInputError } from '../errors/invalid-input.error.js';
import type { Feature } from '../estimators/estimator.types.js';
import { readRows } from './input-rows.js';

const FEATURES: readonly Feature[] = [
  { name: 'distance', type: 'number' },
  { name: 'origin', type: 'category' },
];

const issuesOf = async (input: Parameters<typeof readRows>[0]): Promise<InvalidInputError['errors']> => {
  const error: unknown = await readRows(input, FEATURES).catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidInputError)) throw error;
  return error.errors;
};

describe('the rows of a request', () => {
  it('stand in the order of the features', async () => {
    expect(await readRows({ records: [{ origin: 'SFO', distance: 337 }] }, FEATURES)).toEqual([[337, 'SFO']]);
    expect(await readRows({ features: [[337, 'SFO'], [1, 'LAX']] }, FEATURES)).toEqual([[337, 'SFO'], [1, 'LAX']]); // prettier-ignore
  });

  it('may lack a value by saying null', async () => {
    expect(await readRows({ records: [{ origin: null, distance: null }] }, FEATURES)).toEqual([[null, null]]);
  });

  it('may have a boolean where there is a number, for a column of booleans', async () => {
    expect(await readRows({ features: [[true, 'SFO'], [false, 'SFO']] }, FEATURES)).toEqual([[1, 'SFO'], [0, 'SFO']]); // prettier-ignore
  });

  it.each([
    ['abc', '"abc"'],
    ['NaN', '"NaN"'],
    ['12', '"12"'],
    [1e999, 'Infinity'],
    [[1], 'a list'],
    [{}, 'an object'],
    ['x'.repeat(1_000), `"${'x'.repeat(40)}…"`],
  ])('hold no number that is %p', async (distance, shown) => {
    const good = { distance: 1, origin: 'SFO' };
    expect(await issuesOf({ records: [good, good, { distance, origin: 'SFO' }] })).toEqual([
      { path: 'records.2.distance', message: `row 3, column "distance": expected a number, got ${shown}` },
    ]);
  });

  it.each([5, true])('hold no category that is %p', async (origin) => {
    expect(await issuesOf({ features: [[1, origin]] })).toEqual([
      { path: 'features.0.1', message: `row 1, column "origin": expected a text, got ${origin}` },
    ]);
  });

  it('may have a text, whole or missing, up to a length', async () => {
    const features: Feature[] = [{ name: 'review', type: 'text' }];
    const longest = 'word '.repeat(20_000);
    expect(await readRows({ features: [[longest], [null], ['']] }, features)).toEqual([[longest], [null], ['']]);
    const reading = readRows({ records: [{ review: `${longest}!` }, { review: 5 }] }, features);
    await expect(reading).rejects.toMatchObject({
      errors: [
        { path: 'records.0.review', message: 'row 1, column "review": expected at most 100000 characters, got 100001' },
        { path: 'records.1.review', message: 'row 2, column "review": expected a text, got 5' },
      ],
    });
  });

  it('name every value that does not fit, up to a bound', async () => {
    expect(await issuesOf({ features: [['a', 1], [1, 'SFO'], ['b', 'SFO']] })).toHaveLength(3); // prettier-ignore
    expect((await issuesOf({ features: Array.from({ length: 5_000 }, () => ['a', 'SFO']) })).length).toBeLessThan(100);
  });

  it.each([
    [
      'one column too few',
      { features: [[1, 'SFO'], [1]] },
      'Row 2 has 1 value where there are 2 features. The model takes "distance", "origin".',
    ],
    [
      'one column too many',
      { features: [[1, 'SFO', 2]] },
      'Row 1 has 3 values where there are 2 features. The model takes "distance", "origin".',
    ],
    ['a field that lacks', { records: [{ distance: 1 }] }, 'Row 1 lacks "origin" (give null for a missing value).'],
    [
      'a field that nobody knows',
      { records: [{ distance: 1, origin: 'SFO', carrier: 'AA' }] },
      'Row 1 has the unknown field "carrier".',
    ],
    [
      'a misspelt field',
      { records: [{ distance: 1, orign: 'SFO' }] },
      'Row 1 lacks "origin" (give null for a missing value) and has the unknown field "orign".',
    ],
  ])('are refused for %s', async (_what, input, message) => {
    await expect(readRows(input, FEATURES)).rejects.toMatchObject({
      code: 'FEATURE_MISMATCH',
      status: 422,
      message: expect.stringContaining(message),
    });
  });

  it('do not take what every object inherits for a field', async () => {
    await expect(readRows({ records: [{}] }, [{ name: 'constructor', type: 'number' }])).rejects.toThrow('lacks "constructor"');
  });

  it.each([
    [{ features: [337, 'SFO'] }, 'row 1: expected a list of values, got 337'],
    [{ features: [{ distance: 337 }] }, 'row 1: expected a list of values, got an object'],
    [{ records: [[337, 'SFO']] }, 'row 1: expected an object of values by name, got a list'],
    [{ records: [null] }, 'row 1: expected an object of values by name, got null'],
  ])('are refused when a row is of another form: %j', async (input, message) => {
    expect((await issuesOf(input))[0].message).toBe(message);
  });
});
