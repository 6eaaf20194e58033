import { UsageError } from './cli.errors.js';
import { parseCommandLine } from './command-line.js';
import { bar, ProgressBar } from './progress-bar.js';
import { textTable } from './text-table.js';

describe('the command line', () => {
  it('names a command, models and options', () => {
    expect(parseCommandLine(['build', 'gold.routes', '--from', '2001-01-01', '--force'])).toMatchObject({
      ...{ command: 'build', names: ['gold.routes'], from: '2001-01-01', force: true, format: 'table' },
    });
  });

  it.each([[], ['--help'], ['plan', '-h']])('gives help for %j', (...args) => {
    expect(parseCommandLine(args)).toBeUndefined();
  });

  it.each([
    [['bild'], 'There is no command "bild". There are: plan, build, test, query.'],
    [['plan', '--form', 'json'], /--form/],
    [['plan', '--format', 'xml'], '--format is one of table, json, csv.'],
    [['plan', '--format', 'csv'], '--format csv is for query only.'],
    [['query', 'select 1', '--limit', 'many'], '--limit is a number'],
    [['query', 'select', '1'], 'query takes one SELECT, in quotes.'],
  ])('refuses %j with a sentence', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});

describe('what a terminal shows', () => {
  it('stands in columns, long values cut and missing ones empty', () => {
    expect(
      textTable(
        ['name', 'n'],
        [
          ['a', null],
          ['long\nname', 12],
          ['x'.repeat(80), 1],
        ],
      ).split('\n'),
    ).toEqual([`name${' '.repeat(56)}  n`, 'a', `long name${' '.repeat(51)}  12`, `${'x'.repeat(59)}…  1`]);
  });

  it('is a bar that fills, on a terminal only', () => {
    expect(bar(0.5)).toBe(`[${'#'.repeat(15)}${'.'.repeat(15)}]  50 %`);
    const written: string[] = [];
    const write = (text: string) => written.push(text);
    new ProgressBar({ write }).show(0.5, 'half');
    expect(written).toEqual([]);
    const progress = new ProgressBar({ isTTY: true, write });
    progress.show(1, 'done');
    progress.clear();
    progress.clear();
    expect(written).toEqual([expect.stringContaining('100 % done'), expect.stringMatching(/2K$/)]);
  });
});
