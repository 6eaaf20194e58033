import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NoLabError } from './cli.errors.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const READY = /DataFlow Lab is ready at (http:\/\/\S+)/;

/** A lab that runs only as long as a command needs it. */
export interface StartedLab {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts the lab as a process of its own, on a free port of this machine: it holds the lock of its data folder like any other,
 * so that there are never two. Samples stay out.
 * @throws {NoLabError} with what it said when it does not start
 */
export async function startLab(environment: Readonly<Record<string, string | undefined>>): Promise<StartedLab> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...environment, PORT: '0', HOST: '127.0.0.1', SAMPLES: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const ended = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed = `${printed}${String(chunk)}`.slice(-20_000);
        const ready = READY.exec(printed);
        if (ready) resolve(ready[1]);
      });
    }
    child.once('exit', () => reject(new NoLabError(`The lab did not start:\n${printed.trim()}`)));
    child.once('error', reject);
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  };
  return { url, stop };
}
