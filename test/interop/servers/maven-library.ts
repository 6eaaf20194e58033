import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianProgram } from './debian-package.js';

const run = promisify(execFile);

const pom = (libraries: readonly string[], without: readonly string[]): string => {
  const exclusions = without
    .map((group) => `<exclusion><groupId>${group}</groupId><artifactId>*</artifactId></exclusion>`)
    .join('');
  const dependencies = libraries.map((library) => {
    const [group, artifact, version] = library.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><exclusions>${exclusions}</exclusions></dependency>`;
  });
  return `<project><modelVersion>4.0.0</modelVersion><groupId>lab</groupId><artifactId>servers</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>`;
};

/**
 * Java libraries with all that they need; installed at their first use, and kept in the user's cache folder.
 * @param libraries exact: `org.apache.kafka:kafka_2.13:4.1.1`
 * @param without groups of libraries that somebody else has already: `org.apache.spark`
 * @returns the folder of the jars
 * @throws when they cannot be had, with what Maven said
 */
export async function mavenLibraries(
  name: string,
  libraries: readonly string[],
  without: readonly string[] = [],
): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dataflow-lab', 'maven');
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const maven = await debianProgram('/usr/bin/mvn', 'maven');
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'draft-'));
  try {
    await writeFile(join(draft, 'pom.xml'), pom(libraries, without));
    const goal = ['dependency:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime'];
    await run(maven, ['-q', '-B', ...goal], { cwd: draft });
    // Whole or not at all: of two who install at once, the first has it.
    await rename(join(draft, 'lib'), folder).catch((error: Error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}
