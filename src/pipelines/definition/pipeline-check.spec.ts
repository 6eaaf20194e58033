import { z } from 'zod';
import type { DeclaredTask, DeclaredTasks } from './declared-tasks.js';
import { checkPipeline } from './pipeline-check.js';

const LoadOptions = z.strictObject({ source: z.string(), mode: z.enum(['append', 'overwrite']).default('append') });

const tasks = {
  find: (name: string) => (name === 'etl.load' ? ({ name, options: LoadOptions } as unknown as DeclaredTask) : undefined),
  names: () => ['etl.load'],
} as DeclaredTasks;

const check = (text: string, taken = new Map<string, string>()) => checkPipeline(text, { tasks, taken });

const FLIGHTS = `name: flights
schedule: '0 4 * * *'
tasks:
  refine:
    uses: etl.load
    with: { source: refined }
    needs: [load]
  load:
    uses: etl.load
    with:
      source: flights
    retries: 2
`;

describe('a pipeline file', () => {
  it('gives its tasks in the order of their needs, with what was not said filled in', () => {
    expect(check(FLIGHTS)).toMatchObject({
      name: 'flights',
      time_zone: 'UTC',
      concurrency: 1,
      tasks: [
        { name: 'load', uses: 'etl.load', with: { source: 'flights' }, needs: [], retries: 2, retry_delay_seconds: 5 },
        { name: 'refine', needs: ['load'] },
      ],
    });
  });

  it.each([
    ['YAML that ends too soon', FLIGHTS.replace('[load]', '[load'), 8, /./],
    [
      'a key that nobody knows, and which there are',
      FLIGHTS.replace('schedule:', 'scheduel:'),
      2,
      /no "scheduel"\. Allowed are name, description, schedule/,
    ],
    [
      'a key of a step that nobody knows',
      FLIGHTS.replace('    retries: 2', '    retry: 2'),
      12,
      /tasks\.load: there is no "retry"\. Allowed are uses, with, needs, retries/,
    ],
    [
      'a cron expression that has too few fields',
      FLIGHTS.replace('0 4 * * *', 'daily'),
      2,
      /"daily" is no cron expression.*"0 4 \* \* \*"/,
    ],
    ['a date that never comes', FLIGHTS.replace('0 4 * * *', '0 0 31 2 *'), 2, /no cron expression that ever comes/],
    [
      'a place that has no time',
      FLIGHTS.replace("schedule: '0 4 * * *'", 'time_zone: Mars/Olympus'),
      2,
      /time_zone: is no time zone/,
    ],
    [
      'a need that is no task',
      FLIGHTS.replace('[load]', '[lode]'),
      7,
      /"lode" is no task of this pipeline\. Its tasks are refine, load/,
    ],
    ['a circle', FLIGHTS.replace('    retries: 2', '    needs: [refine]'), 7, /in a circle: refine needs load needs refine/],
    [
      'a task that nobody declares',
      FLIGHTS.replace('uses: etl.load', 'uses: etl.lode'),
      5,
      /there is no task "etl\.lode"\. There are etl\.load/,
    ],
    [
      'an option of the wrong type',
      FLIGHTS.replace('source: flights', 'source: 7'),
      11,
      /tasks\.load\.with\.source: must be text/,
    ],
    ['an option that is missing', FLIGHTS.replace('with: { source: refined }', 'with: {}'), 6, /tasks\.refine\.with\.source/],
    [
      'an option that does not exist',
      FLIGHTS.replace('source: flights', 'source: flights\n      moed: append'),
      12,
      /no such option\. Allowed are source, mode/,
    ],
    [
      'a value that an option does not allow',
      FLIGHTS.replace('source: flights', 'source: flights\n      mode: merge'),
      12,
      /"append", "overwrite"/,
    ],
    ['no tasks at all', 'name: empty\ntasks: {}\n', 2, /needs at least one task/],
    [
      'a task with a capital',
      FLIGHTS.replace('  load:', '  Load:').replace('    needs: [load]', ''),
      8,
      /^tasks\.Load: is made of lower case/,
    ],
    ['a name with a blank', FLIGHTS.replace('name: flights', 'name: my flights'), 1, /lower case letters/],
  ])('tells the line of %s', (_, text, line, message) => {
    expect(check(text)).toEqual([{ line, message: expect.stringMatching(message) }]);
  });

  it('tells every problem at once', () => {
    const problems = check(
      FLIGHTS.replace('[load]', '[lode]').replace('source: flights', 'source: 7').replace('uses: etl.load', 'uses: no'),
    );
    expect(problems).toHaveLength(3);
  });

  it('may not take the name of another', () => {
    expect(check(FLIGHTS, new Map([['flights', 'pipelines/a.yaml']]))).toEqual([
      { line: 1, message: expect.stringContaining('pipelines/a.yaml') },
    ]);
  });

  describe('with parameters', () => {
    const PARAMETERS = `name: flights
params:
  source: { type: text, default: flights }
  mode: { type: text, choices: [append, overwrite], default: append }
tasks:
  load: { uses: etl.load, with: { source: '${'${params.source}'}', mode: '${'${params.mode}'}' } }
`;

    it('takes them for what they are by default', () => {
      expect(check(PARAMETERS)).toMatchObject({ params: { source: { type: 'text', default: 'flights' } } });
    });

    it.each([
      [
        'a reference to what every object has',
        PARAMETERS.replace('params.mode', 'params.constructor'),
        6,
        /no parameter "constructor"/,
      ],
      [
        'a reference to none of them',
        PARAMETERS.replace('params.mode', 'params.moed'),
        6,
        /there is no parameter "moed"\. Those of the pipeline are source, mode/,
      ],
      [
        'a default that its task does not take',
        PARAMETERS.replace('default: flights', 'default: 3').replace('type: text', 'type: integer'),
        6,
        /with\.source: must be text/,
      ],
      ['a default of another type', PARAMETERS.replace('type: text', 'type: date'), 3, /"flights" is no value of the type date/],
      [
        'a default that is no choice',
        PARAMETERS.replace('default: append', 'default: merge'),
        4,
        /"merge" is no value of the type text among its choices/,
      ],
      ['a type that there is not', PARAMETERS.replace('type: text', 'type: string'), 3, /"text", "integer"/],
      [
        'one without a default where nobody is there to give it',
        `schedule: '@daily'\n${PARAMETERS.replace(', default: flights', '')}`,
        4,
        /runs by itself needs a default/,
      ],
    ])('tells the line of %s', (_, text, line, message) => {
      expect(check(text)).toContainEqual({ line, message: expect.stringMatching(message) });
    });

    it('looks at options that hang on a parameter without a default only when a run gives it', () => {
      expect(check(PARAMETERS.replace(', default: flights', ''))).toMatchObject({ name: 'flights' });
    });
  });
});
