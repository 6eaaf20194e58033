import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SqlError, SqlResourcesError, SqlTooLargeError } from '../sql.errors.js';
import { type Answers, errorOf, OUT_OF_MEMORY, type Reply, type Request, TOO_LARGE } from './sandbox-messages.js';

/** Of JavaScript; rows are on their way there for a moment. */
const HEAP_MB = 256;

/** The other end of a process for one query. It knows nothing of our environment, and dies with us. */
export class QueryProcess {
  private failure: Error | undefined;
  /** Resolves when there is no process any more, for whatever reason. */
  readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((resolve) => {
      child.once('exit', (_code, signal) => {
        this.failure ??= deathBy(signal);
        resolve();
      });
      child.on('error', (error) => {
        this.failure ??= this.wasStarted ? error : notStarted(error);
        if (!this.wasStarted) resolve();
      });
    });
  }

  /**
   * One that the system has no room for says so when it is asked.
   * @throws {SqlResourcesError} when the system says so at once
   */
  static start(): QueryProcess {
    const file = processFile();
    const execArgv = [`--max-old-space-size=${HEAP_MB}`];
    try {
      return new QueryProcess(
        fork(file, { serialization: 'advanced', env: {}, execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }),
      );
    } catch (error) {
      throw notStarted(error as NodeJS.ErrnoException);
    }
  }

  /** One question at a time. @throws what the process refused it for, or why it was ended */
  async ask<R extends Request>(request: R): Promise<Answers[R['kind']]> {
    if (!this.wasStarted) await this.ended;
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

  private get wasStarted(): boolean {
    return this.child.pid !== undefined;
  }

  private throwIfFailed(): void {
    if (this.failure) throw this.failure;
  }
}

/** The message of the system would name where our program is. */
const notStarted = ({ code = 'unknown' }: NodeJS.ErrnoException): Error =>
  new SqlResourcesError(`The system has no process for the query now (${code}). Ask again in a moment.`);

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
