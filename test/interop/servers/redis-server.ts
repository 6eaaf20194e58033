import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../fixtures/free-port.js';
import { debianProgram } from './debian-package.js';

/** Debian's redis-server on a free port, with its data in a temporary folder. */
export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly settings: readonly string[],
    readonly port: number,
    private readonly portSetting: 'port' | 'tls-port',
  ) {}

  /** @param settings further ones, as on its command line: `['--requirepass', 'secret']` */
  static async start(settings: readonly string[] = [], portSetting: 'port' | 'tls-port' = 'port'): Promise<RedisServer> {
    const program = await debianProgram('/usr/bin/redis-server', 'redis-server');
    const folder = await mkdtemp(join(tmpdir(), 'lab-redis-'));
    const server = new RedisServer(program, folder, settings, await freePort(), portSetting);
    await server.startAgain();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** On the same port, with what it had saved. */
  async startAgain(): Promise<void> {
    const address = ['--port', '0', `--${this.portSetting}`, `${this.port}`, '--bind', '127.0.0.1'];
    const usual = ['--dir', this.folder, '--save', '', '--loglevel', 'warning'];
    this.child = spawn(this.program, [...address, ...usual, ...this.settings], { stdio: ['ignore', 'ignore', 'inherit'] });
    while (!(await accepts(this.port))) {
      if (this.child.exitCode !== null) throw new Error(`redis-server ended with ${this.child.exitCode}`);
      await wait(20);
    }
  }

  async kill(): Promise<void> {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
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
