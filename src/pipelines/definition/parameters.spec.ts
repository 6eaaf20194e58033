import { Parameter, referencesIn, substitute, valuesOf } from './parameters.js';

const declared = {
  since: Parameter.parse({ type: 'date', default: '2001-01-01' }),
  limit: Parameter.parse({ type: 'integer' }),
  mode: Parameter.parse({ type: 'text', default: 'append', choices: ['append', 'overwrite'] }),
};

const problems = (given: object): string[] =>
  valuesOf(declared)
    .safeParse(given)
    .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('the values of a run', () => {
  it('have the defaults for what was not given', () => {
    expect(valuesOf(declared).parse({ limit: 3 })).toEqual({ since: '2001-01-01', limit: 3, mode: 'append' });
  });

  it.each([
    ['one that is missing', {}, 'limit: '],
    ['one of the wrong type', { limit: 1.5 }, 'limit: '],
    ['a day that there is not', { limit: 1, since: '2026-02-30' }, 'since: '],
    ['what is no choice', { limit: 1, mode: 'merge' }, 'mode: is none of append, overwrite'],
    ['one that is not declared', { limit: 1, until: 'x' }, ': Unrecognized key: "until"'],
  ])('refuse %s', (_, given, problem) => {
    expect(problems(given)).toEqual([expect.stringContaining(problem)]);
  });
});

describe('a reference to a parameter', () => {
  const options = {
    source: '${params.name}',
    limit: '${params.limit}',
    files: [{ like: 'part-${params.name}-${params.limit}.csv' }],
    other: 7,
  };

  it('is found however deep it stands', () => {
    expect(referencesIn(options)).toEqual(['name', 'limit', 'name', 'limit']);
  });

  it('becomes the value in its own type where it stands alone, and text within text', () => {
    expect(substitute(options, { name: 'flights', limit: 3 })).toEqual({
      source: 'flights',
      limit: 3,
      files: [{ like: 'part-flights-3.csv' }],
      other: 7,
    });
  });

  it('is not looked for in a value', () => {
    expect(substitute('${params.name}', { name: '${params.name} $& $1' })).toBe('${params.name} $& $1');
    expect(substitute('a ${params.name}', { name: '$& $1' })).toBe('a $& $1');
  });
});
