import { InvalidModelFileError } from '../medallion.errors.js';
import { parseModel } from './model-file.js';

const aModel = ({ header = 'name: gold.routes\ndescription: Delays', sql = 'select 1 as one' } = {}): string =>
  `/*---\n${header}\n---*/\n${sql}\n`;
const parse = (text: string) => parseModel('transforms/gold/routes.sql', text);
const problemOf = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof InvalidModelFileError) return error.message;
    throw error;
  }
  return 'nothing is wrong';
};

describe('parseModel', () => {
  it('takes the header and the SELECT apart', () => {
    expect(parse(aModel({ sql: 'select *\nfrom silver.flights;' }))).toMatchObject({
      name: 'gold.routes',
      kind: 'full',
      sql: 'select *\nfrom silver.flights',
      sqlLine: 5,
    });
  });

  it.each([
    ['a missing header', 'select 1', /^transforms\/gold\/routes\.sql:1: begins with no header/],
    ['broken YAML', aModel({ header: 'name: gold.routes\ndescription: [' }), /^transforms\/gold\/routes\.sql:\d: /],
    ['a missing description', aModel({ header: 'name: gold.routes' }), /description/],
    ['an unknown key', aModel({ header: 'name: gold.routes\ndescription: x\npartition: a' }), /:4: .*"partition"/],
    ['another name', aModel({ header: 'name: gold.paths\ndescription: x' }), /is the model "gold\.routes"/],
    [
      'a layer that has no models',
      aModel({ header: 'name: bronze.routes\ndescription: x' }),
      /:2: name: is silver\.<table> or gold\.<table>/,
    ],
    ['a header alone', aModel({ sql: '' }), /has a header but no SELECT/],
    [
      'a constraint with an odd name',
      aModel({ header: 'name: gold.routes\ndescription: x\nconstraints:\n  a: b > 0\n  No Name: b > 0' }),
      /:6: constraints\.No Name: a constraint is named in lower case/,
    ],
    ['an unknown kind', aModel({ header: 'name: gold.routes\ndescription: x\nkind: view' }), /:4: kind: is "full"/],
    [
      'an unknown expectation',
      aModel({ header: 'name: gold.routes\ndescription: x\nexpectations:\n  - not_null: [a]\n  - positive: [a]' }),
      /:6: expectations\.1: is no expectation\. Allowed: not_null, unique, between/,
    ],
    ...Object.entries({
      'a rule about the table that quarantines': ['unique: [a]\n    on_fail: quarantine', /:6: expectations\.0\.on_fail: is fail or warn: this rule is about/],
      'a length without bounds': ['length: { column: a }', /:5: expectations\.0\.length: needs min, max or both/],
      'a type that nobody knows': ['type: { column: a, is: colour }', /:5: expectations\.0\.type\.is: .*"integer"/],
      'an age that is none': ['freshness: { column: a, max_age: long }', /:5: expectations\.0\.freshness\.max_age: is a number and a unit/],
      'a key of a rule that nobody knows': ['not_null: [a]\n    on_fall: warn', /:6: expectations\.0: .*"on_fall"/],
    } satisfies Record<string, [string, RegExp]>).map(([what, [rule, problem]]): [string, string, RegExp] => [
      what,
      aModel({ header: `name: gold.routes\ndescription: x\nexpectations:\n  - ${rule}` }),
      problem,
    ]),
  ])('refuses %s and says where', (_what, text, problem) => {
    expect(problemOf(text)).toMatch(problem);
  });
});
