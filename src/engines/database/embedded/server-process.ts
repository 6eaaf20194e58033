import { spawn, type SpawnOptions } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { ServerUser } from './server-user.js';

export type ProcessOptions = Pick<SpawnOptions, 'cwd' | 'env' | 'uid' | 'gid'>;

/**
 * How initdb and postgres are run. Not with our environment: it holds secrets that other processes of the server's account
 * could read, and variables (PGDATA, LANG) that mean something to PostgreSQL.
 */
export function processOptions(user: ServerUser | undefined, folder: string): ProcessOptions {
  const env = process.platform === 'win32' ? { SystemRoot: 'C:\\Windows' } : { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
  return { cwd: folder, env, ...(user && { uid: user.uid, gid: user.gid }) };
}

/**
 * Runs a program to its end.
 * @param input what it reads from its standard input
 * @throws with what it complained about
 */
export async function run(program: string, args: readonly string[], options: ProcessOptions, input = ''): Promise<void> {
  const child = spawn(program, args, { ...options, stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  child.stdin.on('error', () => undefined).end(input);
  const [status, complaint] = await Promise.all([ended, text(child.stderr)]);
  if (status !== 0) throw new Error(complaint.trim().split('\n').join('; ') || `it ended with ${status}`);
}

/** @param patienceMs how long to go on asking */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() >= deadline) return false;
    await new Promise((wait) => setTimeout(wait, 10));
  }
  return true;
}
