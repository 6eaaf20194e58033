import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { parseYaml } from '../config/yaml-file.js';
import { InvalidSourceFileError } from './etl.errors.js';
import { SourceDeclaration } from './source.schema.js';

/** Every source of `sources/*.yaml`, by name. No folder means no sources. @throws {InvalidSourceFileError} */
export async function readSources(workspace: string): Promise<Map<string, SourceDeclaration>> {
  const sources = new Map<string, SourceDeclaration>();
  const names = await readdir(join(workspace, 'sources')).catch(() => []);
  for (const name of names.filter((entry) => /\.ya?ml$/.test(entry)).sort()) {
    const file = posix.join('sources', name);
    const parsed = parseYaml(await readFile(join(workspace, file), 'utf8'), SourceDeclaration);
    if (!parsed.ok) throw new InvalidSourceFileError(file, parsed.problems);
    if (sources.has(parsed.value.name)) {
      throw new InvalidSourceFileError(file, [{ line: 1, message: `there already is a source "${parsed.value.name}"` }]);
    }
    sources.set(parsed.value.name, parsed.value);
  }
  return sources;
}
