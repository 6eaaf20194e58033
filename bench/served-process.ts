import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** A server of somebody else, watched from outside, with the processes that it starts. */
export class ServedProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Waits until it has printed the address that it listens at, on either of its outputs, and answers there. */
  static async start(
    command: string,
    args: readonly string[],
    { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
  ): Promise<ServedProcess> {
    const child = spawn(command, args, { cwd, env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const url = await new Promise<string>((resolve, reject) => {
      let printed = '';
      child.once('exit', () => reject(new Error(`${command} ended before it was ready:\n${printed}`)));
      for (const output of [child.stdout, child.stderr]) {
        output.on('data', (chunk: Buffer) => {
          printed += String(chunk);
          const ready = /(?:ready at|open at|running on|Listening at:) (http:\/\/\S+)/.exec(printed);
          if (ready) resolve(ready[1]);
        });
      }
    });
    await untilItAnswers(url);
    return new ServedProcess(child, url);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async stop(): Promise<void> {
    const end = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    await end;
  }
}

/** uvicorn prints its address before its workers have loaded what they serve. */
async function untilItAnswers(url: string): Promise<void> {
  const answers = (): Promise<boolean> =>
    fetch(url)
      .then((answer) => answer.arrayBuffer())
      .then(
        () => true,
        () => false,
      );
  for (let tries = 0; !(await answers()); tries++) {
    if (tries === 600) throw new Error(`${url} has not answered for a minute`);
    await wait(100);
  }
}

const TICKS_A_SECOND = 100;

/** Seconds of processor time of a process and all below it (Linux). */
export function cpuOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces: fields are counted from behind it.
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  return childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), own);
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}
