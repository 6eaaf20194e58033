import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A program of Debian's packages; installed when it is missing and we are root.
 * @param program path that the package brings: `/usr/bin/chromium`
 * @throws when it cannot be had, with what to do
 */
export async function debianProgram(program: string, name: string): Promise<string> {
  if (existsSync(program)) return program;
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, maxBuffer: 64 * 1024 * 1024 };
  try {
    await run('apt-get', ['update', '-qq'], options);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options);
  } catch (error) {
    throw new Error(`This test needs ${program}. As root: apt-get install ${name}`, { cause: error });
  }
  if (!existsSync(program)) throw new Error(`The package ${name} was installed, but ${program} is not in it`);
  return program;
}
