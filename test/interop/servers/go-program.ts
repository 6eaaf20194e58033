import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A program in Go, built from its source at its first use, and kept in the user's cache folder.
 * @param source exact: `github.com/versity/versitygw/cmd/versitygw@v1.8.0`
 * @returns the program
 * @throws when it cannot be had, with what Go said
 */
export async function goProgram(name: string, source: string): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dataflow-lab', 'go');
  const [path, version] = source.split('@');
  const program = join(cache, `${name}-${version}`);
  if (existsSync(program)) return program;
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'draft-'));
  try {
    await run('go', ['install', source], { cwd: draft, env: { ...process.env, GOBIN: draft } });
    // Whole or not at all: of two who build at once, the last has it.
    await rename(join(draft, basename(path)), program);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return program;
}
