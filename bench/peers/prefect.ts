import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/fixtures/free-port.js';
import { PythonEnvironment } from '../../test/interop/servers/python-environment.js';
import { Contender } from '../contender.js';

/** The newest that can be installed; with a later fastapi its server does not start. */
const PACKAGES = ['prefect==3.8.8', 'fastapi==0.150.0'];
const SCRIPT = join(import.meta.dirname, '../../../bench/peers/prefect-flow.py');
const PATIENCE_MS = 120_000;
const MOST_SAID = 4_000;

/** Prefect with a server of its own, and a process that stays warm between the flows. */
export class PrefectPeer {
  private constructor(
    private readonly server: ChildProcess,
    private readonly flows: Contender,
  ) {}

  /**
   * @param folder where it keeps its database
   * @throws when it cannot be installed or does not start, with what was said
   */
  static async start(folder: string, tasks: number): Promise<PrefectPeer> {
    const { python } = await PythonEnvironment.open('prefect', PACKAGES);
    const port = await freePort();
    const api = `http://127.0.0.1:${port}/api`;
    const env = {
      ...process.env,
      PREFECT_HOME: folder,
      PREFECT_API_URL: api,
      PREFECT_LOGGING_LEVEL: 'ERROR',
      PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
      PREFECT_SERVER_UI_ENABLED: 'false',
      DO_NOT_TRACK: '1',
    };
    const started = ['-m', 'prefect', 'server', 'start', '--host', '127.0.0.1', '--port', String(port)];
    const server = spawn(python, started, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    server.stderr.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-MOST_SAID)));
    try {
      await untilHealthy(`${api}/health`, server, () => said);
    } catch (error) {
      server.kill();
      throw error;
    }
    return new PrefectPeer(server, Contender.start(python, ['-B', SCRIPT, String(tasks)], env));
  }

  /** @returns seconds that one flow took */
  async run(): Promise<number> {
    return (await this.flows.ask<{ seconds: number }>('run')).seconds;
  }

  /** Of its server and of the process that runs the flows. */
  get processes(): number[] {
    return [this.server.pid!, this.flows.pid];
  }

  async stop(): Promise<void> {
    await this.flows.stop();
    if (this.server.exitCode !== null) return;
    const ended = once(this.server, 'exit');
    this.server.kill('SIGINT');
    await ended;
  }
}

async function untilHealthy(url: string, server: ChildProcess, said: () => string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    ) {
      return;
    }
    if (server.exitCode !== null) {
      throw new Error(`Prefect's server ended with ${server.exitCode} before it was ready:\n${said()}`);
    }
    if (Date.now() > deadline) throw new Error(`Prefect's server was not ready within ${PATIENCE_MS / 1000} s:\n${said()}`);
  }
}
