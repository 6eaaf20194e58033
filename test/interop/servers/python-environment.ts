import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Python with some packages, for tests that speak to our programs through another project's client. */
export class PythonEnvironment {
  private constructor(
    /** The interpreter that has the packages. */
    readonly python: string,
  ) {}

  /**
   * Makes the environment on its first use and keeps it in the user's cache folder.
   * @param packages pinned: `deltalake==1.6.6`
   * @throws when Python or a package cannot be had, with what pip said
   */
  static async open(name: string, packages: readonly string[]): Promise<PythonEnvironment> {
    const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'dataflow-lab', 'venvs', name);
    const python = join(folder, 'bin', 'python');
    const receipt = join(folder, 'packages.txt');
    const wanted = packages.join('\n');
    const installed = existsSync(receipt) ? await readFile(receipt, 'utf8') : undefined;
    if (installed !== wanted) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await execute('python3', ['-m', 'venv', folder]);
      await execute(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
      // Written last: an installation that was cut off is made anew.
      await writeFile(receipt, wanted);
    }
    return new PythonEnvironment(python);
  }

  /**
   * @returns what the script printed, read as JSON; it leaves no compiled files behind
   * @throws with what it wrote to standard error when it fails
   */
  async run<T>(script: string, ...args: readonly string[]): Promise<T> {
    const { stdout } = await execute(this.python, ['-B', script, ...args]);
    return JSON.parse(stdout) as T;
  }
}

async function execute(command: string, args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await run(command, args, { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    throw new Error(`${message.split('\n')[0]}\n${stderr}`, { cause: error });
  }
}
