import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLabFile } from './lab-file.js';

describe('lab.yaml', () => {
  let workspace: string;
  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'workspace-'));
  });
  afterEach(() => rmSync(workspace, { recursive: true }));

  const read = (...lines: string[]) => {
    writeFileSync(join(workspace, 'lab.yaml'), lines.join('\n'));
    return readLabFile(workspace);
  };

  it('names the model and the training set that are meant when nothing is said', () => {
    const file = read(
      'default_model: flights_late',
      'default_training:',
      '  dataset: gold.delay_training',
      '  targets: { regression: delay, classification: late }',
    );
    expect([file.defaultModel, file.defaultTraining]).toEqual([
      'flights_late',
      { dataset: 'gold.delay_training', targets: { regression: 'delay', classification: 'late' } },
    ]);
  });

  it.each([
    ['is absent', () => readLabFile(workspace)],
    ['is empty', () => read('')],
    ['holds comments alone', () => read('# default_model: flights_late')],
  ])('gives no defaults when it %s', (_case, open) => {
    expect([open().defaultModel, open().defaultTraining]).toEqual([undefined, undefined]);
  });

  it('tells the file and the line of every mistake', () => {
    const mistaken = () =>
      read(
        '# what is meant',
        'default_model: 7',
        'default_modle: x',
        'default_training:',
        '  dataset: gold.delay_training',
        '  targets:',
        '    regression: delay',
      );
    const file = join(workspace, 'lab.yaml');
    expect(mistaken).toThrow(`${file}:2: default_model: must be the name of a registered model`);
    expect(mistaken).toThrow(`${file}:3: Unrecognized key: "default_modle"`);
    expect(mistaken).toThrow('It may hold default_model and default_training');
    expect(mistaken).toThrow(`${file}:6: default_training.targets.classification: must be the name of a column`);
  });

  it('tells the line where it stops being YAML', () => {
    expect(() => read('default_model: flights_late', 'default_training: {')).toThrow(/lab\.yaml:2: /);
  });

  it('refuses a list', () => {
    expect(() => read('', '- flights_late')).toThrow(/lab\.yaml:\d+: must be an object/);
  });
});
