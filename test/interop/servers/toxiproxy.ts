import { freePort } from '../../fixtures/free-port.js';
import { goProgram } from './go-program.js';
import { ServerProcess } from './server-process.js';

/** What happens to bytes on their way, as Toxiproxy names it. */
export interface Toxic {
  readonly type: 'reset_peer' | 'limit_data' | 'latency' | 'timeout';
  /** Share of the connections that it befalls. */
  readonly toxicity: number;
  readonly stream: 'upstream' | 'downstream';
  readonly attributes: Readonly<Record<string, number>>;
}

/** A network that cuts: it stands before a server, and spoils connections as it is told. */
export class Toxiproxy {
  private constructor(
    private readonly process: ServerProcess,
    readonly port: number,
  ) {}

  /** @param upstream port of the server behind it */
  static async start(upstream: number): Promise<Toxiproxy> {
    const program = await goProgram('toxiproxy', 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0');
    const server = await ServerProcess.prepare('toxiproxy');
    await server.start(program, ['-host', '127.0.0.1', '-port', `${server.port}`]);
    const proxy = new Toxiproxy(server, await freePort());
    const address = { listen: `127.0.0.1:${proxy.port}`, upstream: `127.0.0.1:${upstream}` };
    await proxy.tell('POST', '/proxies', { name: 'wire', enabled: true, ...address });
    return proxy;
  }

  /** From now on, of connections that are made. */
  async spoil(...toxics: readonly Toxic[]): Promise<void> {
    for (const toxic of toxics) await this.tell('POST', '/proxies/wire/toxics', toxic);
  }

  /** It cuts nothing any more. */
  async heal(): Promise<void> {
    await this.tell('POST', '/reset');
  }

  /** Cuts every connection, and takes none until {@link heal}. */
  async cut(): Promise<void> {
    await this.tell('POST', '/proxies/wire', { enabled: false });
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  private async tell(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.process.port}${path}`, { method, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`Toxiproxy answered ${answer.status}: ${await answer.text()}`);
  }
}
