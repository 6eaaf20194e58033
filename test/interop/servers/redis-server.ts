import { debianProgram } from './debian-package.js';
import { ServerProcess } from './server-process.js';

/** Debian's redis-server. */
export class RedisServer {
  private constructor(
    private readonly program: string,
    private readonly process: ServerProcess,
    private readonly settings: readonly string[],
    private readonly portSetting: 'port' | 'tls-port',
  ) {}

  /** @param settings further ones, as on its command line: `['--requirepass', 'secret']` */
  static async start(settings: readonly string[] = [], portSetting: 'port' | 'tls-port' = 'port'): Promise<RedisServer> {
    const program = await debianProgram('/usr/bin/redis-server', 'redis-server');
    const server = new RedisServer(program, await ServerProcess.prepare('redis'), settings, portSetting);
    await server.startAgain();
    return server;
  }

  get port(): number {
    return this.process.port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** On the same port, with what it had saved. */
  startAgain(): Promise<void> {
    const address = ['--port', '0', `--${this.portSetting}`, `${this.port}`, '--bind', '127.0.0.1'];
    const usual = ['--dir', this.process.folder, '--save', '', '--loglevel', 'warning'];
    return this.process.start(this.program, [...address, ...usual, ...this.settings]);
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  freeze(): void {
    this.process.freeze();
  }

  thaw(): void {
    this.process.thaw();
  }

  stop(): Promise<void> {
    return this.process.stop();
  }
}
