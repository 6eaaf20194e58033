import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../fixtures/free-port.js';

/** A server of others on a free port, with what it keeps in a temporary folder: killed, frozen and started again as tests like. */
export class ServerProcess {
  private child: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {}

  /** A folder and a port; nothing runs yet. */
  static async prepare(name: string): Promise<ServerProcess> {
    return new ServerProcess(await mkdtemp(join(tmpdir(), `lab-${name}-`)), await freePort());
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves when the port takes connections. @throws with what the program said, when it ends before */
  async start(program: string, parameters: readonly string[]): Promise<void> {
    const said = join(this.folder, 'log.txt');
    const log = await open(said, 'a');
    this.child = spawn(program, parameters, { cwd: this.folder, stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    while (!(await accepts(this.port))) {
      if (!this.isRunning) throw new Error(`${basename(program)} ended:\n${await readFile(said, 'utf8')}`);
      await wait(20);
    }
  }

  async kill(): Promise<void> {
    if (!this.child || !this.isRunning) return;
    const end = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await end;
  }

  /** It keeps its connections and takes new ones, and answers nobody. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
