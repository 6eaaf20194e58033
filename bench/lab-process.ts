import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '../src/main.js');

/** The built server, watched from outside. */
export class LabProcess {
  token = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** From the start of the process to its word that it is ready. */
    readonly secondsToReady: number,
  ) {}

  static async start(folder: string, environment: Readonly<Record<string, string>>): Promise<LabProcess> {
    const started = performance.now();
    const child = spawn(process.execPath, [MAIN], {
      env: {
        PATH: process.env.PATH,
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        MODELS_DIR: join(folder, 'models'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      let printed = '';
      child.once('exit', () => reject(new Error(`The lab ended before it was ready:\n${printed}`)));
      child.stdout.on('data', (chunk: Buffer) => {
        printed += String(chunk);
        const ready = /ready at (http:\/\/\S+)/.exec(printed);
        if (ready) resolve(ready[1]);
      });
    });
    const lab = new LabProcess(child, url, (performance.now() - started) / 1000);
    const login = await lab.send<{ access_token: string }>('POST', '/api/v1/auth/login', {
      username: 'admin',
      password: 'admin',
    });
    lab.token = login.access_token;
    return lab;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  async send<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
    const response = await fetch(`${this.url}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** Starts a pipeline and waits until its run has succeeded. */
  async runPipeline(name: string): Promise<void> {
    const { href } = await this.send<{ href: string }>('POST', `/api/v1/pipelines/${name}/runs`, {});
    for (;;) {
      const { status } = await this.send<{ status: string }>('GET', href);
      if (status === 'succeeded') return;
      if (!['queued', 'running'].includes(status)) throw new Error(`The run of ${name} ended as ${status}`);
      await wait(200);
    }
  }

  /** Resident memory in bytes, now and at its highest (Linux). */
  memory(): { now: number; peak: number } {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const kibibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]);
    return { now: kibibytes('VmRSS') * 1024, peak: kibibytes('VmHWM') * 1024 };
  }

  async stop(): Promise<void> {
    const end = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGINT');
    await end;
  }
}
