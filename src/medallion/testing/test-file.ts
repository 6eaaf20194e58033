import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseYaml } from '../../config/yaml-file.js';
import { InvalidModelFileError } from '../medallion.errors.js';
import { type ModelTest, ModelTestFile } from './model-test.schema.js';

/** A test with the place that it is written in. */
export interface WrittenTest extends ModelTest {
  readonly model: string;
  /** Relative to the workspace: `tests/houses.yaml`. */
  readonly file: string;
  readonly line: number;
}

/** Every test below `tests/`, in order of file. No folder means no tests. @throws {InvalidModelFileError} */
export async function readTests(workspace: string): Promise<WrittenTest[]> {
  const names = await readdir(join(workspace, 'tests')).catch(() => []);
  const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
  const tests = await Promise.all(
    files.map(async (name) => parseTests(posix.join('tests', name), await readFile(join(workspace, 'tests', name), 'utf8'))),
  );
  return tests.flat();
}

function parseTests(file: string, text: string): WrittenTest[] {
  const parsed = parseYaml(text, ModelTestFile);
  if (!parsed.ok) throw new InvalidModelFileError(file, parsed.problems);
  const { model, tests } = parsed.value;
  return tests.map((test, index) => ({ ...test, model, file, line: parsed.lineOf(['tests', index]) }));
}
