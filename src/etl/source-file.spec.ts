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

  it('refuses two sources of one name', async () => {
    await declare('a.yaml', 'name: a\ndescription: A\nformat: parquet\npath: x\n');
    await declare('b.yaml', 'name: a\ndescription: A\nformat: parquet\npath: x\n');
    await expect(readSources(workspace)).rejects.toThrow('sources/b.yaml:1: there already is a source "a"');
  });
});
