import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { mavenLibraries } from './maven-library.js';
import { PythonEnvironment } from './python-environment.js';

const PACKAGES = ['pyspark==4.2.0', 'delta-spark==4.4.0'];
const LIBRARY = 'io.delta:delta-spark_4.2_2.13:4.4.0';
/** Spark brings the rest itself. */
const JARS = /^(?:delta|unitycatalog|jts)-.*\.jar$/;

/** @returns a Python that has PySpark, and what its `spark.jars` names for it to know Delta */
export async function sparkWithDelta(): Promise<{ python: string; jars: string }> {
  const { python } = await PythonEnvironment.open('spark', PACKAGES);
  const libraries = await mavenLibraries('delta-spark-4.4.0', [LIBRARY], ['org.apache.spark']);
  const jars = (await readdir(libraries)).filter((name) => JARS.test(name)).map((name) => join(libraries, name));
  return { python, jars: jars.join(',') };
}

export type SparkRow = Readonly<Record<string, unknown>>;

/** Apache Spark with Delta in a process of its own, which is asked in SQL. */
export class SparkSession {
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    private readonly folder: string,
  ) {}

  /** @throws with what Spark said, when it does not start */
  static async start(): Promise<SparkSession> {
    const { python, jars } = await sparkWithDelta();
    const folder = await mkdtemp(join(tmpdir(), 'lab-spark-'));
    const log = await open(join(folder, 'log.txt'), 'a');
    const script = join(import.meta.dirname, '..', 'spark', 'session.py');
    const child = spawn(python, ['-B', script, jars, join(folder, 'warehouse')], {
      cwd: folder,
      stdio: ['pipe', 'pipe', log.fd],
    });
    await log.close();
    if (!child.stdout) throw new Error('Spark has no output to read.');
    const session = new SparkSession(child, createInterface(child.stdout)[Symbol.asyncIterator](), folder);
    await session.answer();
    return session;
  }

  /** @returns the rows as JSON has them. @throws with Spark's own error */
  sql(text: string): Promise<SparkRow[]> {
    const mine = this.turn.then(async () => {
      this.child.stdin?.write(`${JSON.stringify({ sql: text })}\n`);
      return this.answer();
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  async stop(): Promise<void> {
    const end = once(this.child, 'exit');
    this.child.stdin?.end();
    await end;
    await this.lines.return?.();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async answer(): Promise<SparkRow[]> {
    const { done, value } = await this.lines.next();
    if (done) throw new Error(`Spark ended:\n${await readFile(join(this.folder, 'log.txt'), 'utf8')}`);
    const answer = JSON.parse(value) as SparkRow[] | { readonly error?: string };
    if (Array.isArray(answer)) return answer;
    if (answer.error !== undefined) throw new Error(answer.error);
    return [];
  }
}
