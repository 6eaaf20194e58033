import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../../src/estimators/estimator.types.js';
import type { PythonEnvironment } from '../servers/python-environment.js';
import { openScikitLearn } from '../servers/scikit-learn.js';

/** A folder in which a spec and scikit-learn exchange what they compare; there from its first test to its last. */
export class Exchange {
  private python!: PythonEnvironment;
  private folder!: string;

  /** Called where the tests of a file are declared. */
  constructor() {
    beforeAll(async () => {
      this.python = await openScikitLearn();
      this.folder = await mkdtemp(join(tmpdir(), 'lab-scikit-learn-'));
    }, 600_000);
    afterAll(() => rm(this.folder, { recursive: true, force: true }));
  }

  /** @param content as it is, or as JSON */
  async write(name: string, content: Float64Array | object): Promise<void> {
    await writeFile(join(this.folder, name), content instanceof Float64Array ? content : JSON.stringify(content));
  }

  /** @param script beside this file @param input of the folder; the folder itself when absent */
  async run<Answer>(script: string, input = ''): Promise<Answer> {
    return this.python.run<Answer>(join(import.meta.dirname, script), join(this.folder, input));
  }
}

/** Some rows of a target. */
export const rowsOf = (target: Target, from: number, to: number): Target =>
  target.problem === 'regression'
    ? { ...target, values: target.values.slice(from, to) }
    : { ...target, codes: target.codes.slice(from, to) };
