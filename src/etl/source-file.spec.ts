import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSources } from './source-file.js';

describe('readSources', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'lab-workspace-'));
  });
  afterEach(() => rm(workspace, { recursive: true }));

  const declare = async (name: string, text: string): Promise<void> => {
    await mkdir(join(workspace, 'sources'), { recursive: true });
    await writeFile(join(workspace, 'sources', name), text);
  };

  it('finds none where there is no folder', async () => {
    expect((await readSources(workspace)).size).toBe(0);
  });

  it('knows a CSV file by its dialect', async () => {
    await declare('a.yaml', 'name: a\ndescription: A\nformat: csv\npath: a.csv\ncsv: { delimiter: ";" }\n');
    expect((await readSources(workspace)).get('a')).toMatchObject({
      format: 'csv',
      csv: { delimiter: ';', quote: '"', header: true },
    });
  });

  it.each([
    ['a format that nobody reads', 'name: a\ndescription: A\nformat: xls\npath: a.xls\n', /^sources\/a\.yaml:3: format: /],
    [
      'a table outside bronze',
      'name: a\ndescription: A\nformat: parquet\npath: x\ntable: gold.a\n',
      /^sources\/a\.yaml:5: table: is bronze\.<table>/,
    ],
    ['CSV options for Parquet', 'name: a\ndescription: A\nformat: parquet\npath: x\ncsv: {}\n', /^sources\/a\.yaml:5: .*"csv"/],
    ['a missing path', 'name: a\ndescription: A\nformat: parquet\n', /path/],
  ])('refuses %s and says where', async (_what, text, problem) => {
    await declare('a.yaml', text);
    await expect(readSources(workspace)).rejects.toThrow(problem);
  });

  it.each<[string, string, RegExp]>([
    ['format: csv\npath: 7', 'path', /:4: path: must be text, not a number/],
    ['format: csv\npath: ""', 'path', /:4: path: must not be empty/],
    ['format: csv\npath: x\npaths: y', 'an unknown key', /:5: Unrecognized key: "paths"/],
    ['format: csv\npath: x\non_drift: maybe', 'on_drift', /:5: on_drift: .*"evolve", "quarantine", "fail"/],
    ['format: parquet\npath: x\non_drift: quarantine', 'on_drift of Parquet', /:5: on_drift: .*"evolve", "fail"/],
    ['format: csv\npath: x\non_reject: drop', 'on_reject', /:5: on_reject: .*"quarantine", "fail"/],
    ['format: csv\npath: x\nmax_rejected: -1', 'max_rejected', /:5: max_rejected: must be at least 0/],
    ['format: csv\npath: x\ncsv: { delimiter: ";;" }', 'delimiter', /:5: csv\.delimiter: is one character of ASCII/],
    ['format: csv\npath: x\ncsv: { quote: "«" }', 'quote', /:5: csv\.quote: /],
    ['format: csv\npath: x\ncsv: { quote: "," }', 'quote and delimiter', /:5: csv\.quote: is the same as the delimiter/],
    ['format: csv\npath: x\ncsv: { escape: "," }', 'escape and delimiter', /:5: csv\.escape: is the same as the delimiter/],
    ['format: csv\npath: x\ncsv:\n  header: 1', 'header', /:6: csv\.header: must be true or false/],
    ['format: csv\npath: x\ncsv:\n  skip: -2', 'skip', /:6: csv\.skip: must be at least 0/],
    ['format: csv\npath: x\ncsv:\n  encoding: utf-9', 'encoding', /:6: csv\.encoding: is no encoding that is known: utf-8/],
    ['format: csv\npath: x\ncsv:\n  null_value: 0', 'null_value', /:6: csv\.null_value: must be text, not a number/],
    ['format: csv\npath: x\ncsv:\n  decimal: ";"', 'decimal', /:6: csv\.decimal: .*"\.", ","/],
    ['format: csv\npath: x\ncsv:\n  date_format: ""', 'date_format', /:6: csv\.date_format: must have at least 2 characters/],
    [
      'format: csv\npath: x\ncsv:\n  timestamp_format: 5',
      'timestamp_format',
      /:6: csv\.timestamp_format: must be text, not a number/,
    ],
    ['format: csv\npath: x\ncsv:\n  columns: { a: NUMBER }', 'a type', /:6: csv\.columns\.a: is no type: use BIGINT/],
    ['format: csv\npath: x\ncsv:\n  columns: { a: DECIMAL(10, 2) }', 'a type without quotes', /:6: csv\.columns\.a: .*in quotes/],
    ['format: csv\npath: x\ncsv:\n  columns: {}', 'columns', /:6: csv\.columns: names at least one column/],
    ['format: csv\npath: x\ncsv:\n  colums: { a: DATE }', 'a key of csv', /:6: csv: Unrecognized key: "colums"/],
    ['format: json\npath: x\njson:\n  shape: table', 'shape', /:6: json\.shape: .*"auto", "lines", "array"/],
    ['format: json\npath: x\njson:\n  columns: { a: STRUCT }', 'a nested type', /:6: json\.columns\.a: is no type/],
    ['format: csv\npath: [x', 'YAML', /^sources\/a\.yaml:\d: /],
  ])('refuses a mistake and says where and what belongs there: %s (%s)', async (text, _what, problem) => {
    await declare('a.yaml', `name: a\ndescription: A\n${text}\n`);
    await expect(readSources(workspace)).rejects.toThrow(problem);
  });

  it('refuses two sources of one name', async () => {
    await declare('a.yaml', 'name: a\ndescription: A\nformat: parquet\npath: x\n');
    await declare('b.yaml', 'name: a\ndescription: A\nformat: parquet\npath: x\n');
    await expect(readSources(workspace)).rejects.toThrow('sources/b.yaml:1: there already is a source "a"');
  });
});
