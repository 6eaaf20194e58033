import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { NoLabError } from './cli.errors.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const READY = /DataFlow Lab is ready at (http:\/\/\S+)/;

/** A lab that runs only as long as a command needs it. */
export interface StartedLab {
  /** Its address, once it is ready. @throws {NoLabError} with what it said when it does not start */
  readonly url: Promise<string>;
  /** Lets it end what it is doing. It does not outlive this process either, however often that is interrupted. */
  stop(): Promise<unknown>;
}

/**
 * Starts the lab as a process of its own, on a free port of this machine: it holds the lock of its data folder like any other,
 * so that there are never two. Samples stay out.
 * @param main what is started
 */
export function startLab(environment: Readonly<Record<string, string | undefined>>, main = MAIN): StartedLab {
  const child = spawn(process.execPath, [main], {
    env: { ...environment, PORT: '0', HOST: '127.0.0.1', SAMPLES: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Else a terminal would interrupt it beside us.
    detached: true,
  });
  const end = (): void => void child.kill('SIGTERM');
  process.once('exit', end);
  const ended = once(child, 'exit').finally(() => process.off('exit', end));
  const url = readyUrl(child);
  const stop = (): Promise<unknown> => {
    // A second signal would let it end nothing.
    if (!child.killed) end();
    return ended;
  };
  return { url, stop };
}

function readyUrl(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = '';
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
}
