import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process that is measured beside another: a line of JSON asks it to do something, a line of JSON is its answer. */
export class Contender {
  private readonly answers: AsyncIterator<string>;

  private constructor(private readonly child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }) {
    this.answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  static start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Contender {
    return new Contender(spawn(command, args, { env, stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** @throws when it ended instead of answering */
  async ask<T>(what: string, details: object = {}): Promise<T> {
    this.child.stdin?.write(`${JSON.stringify({ do: what, ...details })}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`A contender ended when it was asked to ${what}. What it wrote stands above.`);
    return JSON.parse(value) as T;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const end = once(this.child, 'exit');
    this.child.stdin?.end();
    await end;
  }
}
