import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A program of an npm package that is no dependency of ours; installed at its first use, and kept in the user's cache folder.
 * @param version exact, so that a test means the same tomorrow
 * @returns the file that node runs
 * @throws when it cannot be had, with what npm said
 */
export async function npmProgram(name: string, version: string, file: string): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dataflow-lab', 'npm');
  const folder = join(cache, `${name}-${version}`);
  const program = join(folder, 'node_modules', name, file);
  // Written by npm when it is done: an installation that was cut off is made anew.
  if (existsSync(join(folder, 'node_modules', '.package-lock.json')) && existsSync(program)) return program;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...options, `${name}@${version}`], { cwd: folder });
  if (!existsSync(program)) throw new Error(`${name}@${version} was installed, but ${file} is not in it`);
  return program;
}
