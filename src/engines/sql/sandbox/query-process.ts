import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SqlError, SqlTooLargeError } from '../sql.errors.js';
import { type Answers, errorOf, OUT_OF_MEMORY, type Reply, type Request, TOO_LARGE } from './sandbox-messages.js';

/** Of JavaScript; rows are on their way there for a moment. */
const HEAP_MB = 256;

/** The other end of a process for one query. It knows nothing of our environment, and dies with us. */
export class QueryProcess {
  private failure: Error | undefined;
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit').then(([, signal]) => {
      this.failure ??= deathBy(signal as NodeJS.Signals | null);
    });
    child.on('error', (error) => (this.failure ??= error));
  }

  static start(): QueryProcess {
    const execArgv = [`--max-old-space-size=${HEAP_MB}`];
    const child = fork(processFile(), {
      serialization: 'advanced',
      env: {},
      execArgv,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    return new QueryProcess(child);
  }

  /** One question at a time. @throws what the process refused it for, or why it was ended */
  async ask<R extends Request>(request: R): Promise<Answers[R['kind']]> {
    this.throwIfFailed();
    const answered = Promise.withResolvers<Reply>();
    this.child.once('message', answered.resolve);
    try {
      this.child.send(request, (error) => error && answered.reject(this.failure ?? error));
      const reply = await Promise.race([answered.promise, this.ended]);
      if (!reply) throw this.failure as Error;
      this.throwIfFailed();
      if ('failure' in reply) throw errorOf(reply.failure);
      return reply.answer as Answers[R['kind']];
    } finally {
      this.child.off('message', answered.resolve);
    }
  }

  /** Ends it wherever it is. @param reason for those who still ask */
  async kill(reason: Error): Promise<void> {
    this.failure ??= reason;
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private throwIfFailed(): void {
    if (this.failure) throw this.failure;
  }
}

/** By its own watch, by the system for want of memory, or by JavaScript's heap. */
const FOR_MEMORY: readonly unknown[] = [OUT_OF_MEMORY, 'SIGKILL', 'SIGABRT'];

const deathBy = (signal: NodeJS.Signals | null): Error =>
  FOR_MEMORY.includes(signal)
    ? new SqlTooLargeError(TOO_LARGE)
    : new SqlError(`The SQL engine broke on this query (${signal ?? 'it ended'}). Write it in another way.`);

function processFile(): string {
  const here = import.meta.url;
  const compiled = here.endsWith('.ts') ? here.replace(/\/src\/(?!.*\/src\/)/, '/dist/src/') : here;
  const file = fileURLToPath(new URL('./sandbox-process.js', compiled));
  if (!existsSync(file)) throw new Error(`The code of the sandbox is not built: ${file} is missing. Run npm run build.`);
  return file;
}
