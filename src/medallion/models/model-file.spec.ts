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
    ['an unknown kind', aModel({ header: 'name: gold.routes\ndescription: x\nkind: partial' }), /:4: kind: is one of full, view/],
    ...Object.entries({
      'a placeholder that the kind is not given': ['kind: full', 'select @start', /:6: @start is given to models of kind incremental_by_time/],
      'a placeholder that nobody knows': ['keys: [a]', 'select 1\n+ @strat', /:7: there is no @strat/],
      'intervals without a kind': ['intervals: { every: day, start: 2001-01-01 }', 'select 1', /:4: intervals: is of kind/],
      'intervals that end before they start': [
        'time: a\nkind: incremental_by_time\nintervals: { every: day, start: 2001-01-01, end: 2000-01-01 }',
        'select @start, @end',
        /:6: intervals\.end: is not after start/,
      ],
      'a day that the calendar has not': [
        'time: a\nkind: incremental_by_time\nintervals: { every: day, start: 2001-02-30 }',
        'select @start, @end',
        /:6: intervals\.start: is no day of the calendar/,
      ],
      'months that begin within one': [
        'time: a\nkind: incremental_by_time\nintervals: { every: month, start: 2001-01-05 }',
        'select @start, @end',
        /:6: intervals\.start: is the first day of a month/,
      ],
      'an interval without its end': [
        'time: a\nkind: incremental_by_time\nintervals: { every: day, start: 2001-01-01 }',
        "select @start, '@end', \"@end\" -- @end",
        /:8: has no @end/,
      ],
      'a view with rules': ['kind: view\nconstraints:\n  a: b > 0', 'select 1', /:5: constraints: is about a table/],
      'a view in the warehouse': ['kind: view\npublish: {}', 'select 1', /:5: publish: is about a table/],
      'a merge without a key': ['publish:\n  mode: merge', 'select 1', /:5: publish\.mode: merge finds rows by their key/],
      'an index that is no list': ['publish:\n  indexes: [a]', 'select 1', /:5: publish\.indexes\.0: /],
      'an index twice': ['publish:\n  indexes: [[a, b], [c], [a, b]]', 'select 1', /:5: publish\.indexes: one of them is named twice/],
      'keys that are not there': ['kind: snapshot', 'select 1', /:4: kind: snapshot needs keys/],
      'a seed outside of the workspace': [
        'kind: seed\ncsv: { path: ../x.csv, columns: { a: INTEGER } }',
        '',
        /:5: csv\.path: stays within the workspace/,
      ],
    } satisfies Record<string, [string, string, RegExp]>).map(([what, [header, sql, problem]]): [string, string, RegExp] => [
      what,
      aModel({ header: `name: gold.routes\ndescription: x\n${header}`, sql }),
      problem,
    ]),
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
