import { existsSync } from 'node:fs';
import { LabError } from '../errors/lab-error.js';
import { UsageError } from './cli.errors.js';
import { type CommandLine, parseCommandLine, USAGE } from './command-line.js';
import { commands } from './commands.js';
import { LabClient, type Login } from './lab-client.js';
import { ProgressBar } from './progress-bar.js';
import { startLab } from './started-lab.js';

const INTERRUPTED = 130;

/** What is ended when a terminal interrupts, the newest first. */
const endings: (() => Promise<unknown>)[] = [];
let isInterrupted = false;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** @returns the exit code */
async function main(): Promise<number> {
  const line = parseCommandLine(process.argv.slice(2));
  if (!line) {
    say(USAGE);
    return 0;
  }
  if (existsSync('.env')) process.loadEnvFile('.env');
  const { HOST, PORT = '3000', LAB_URL } = process.env;
  const named = line.url ?? LAB_URL;
  const own = `http://${HOST === undefined || HOST === '0.0.0.0' ? '127.0.0.1' : HOST}:${PORT}`;
  if (named !== undefined) return run(line, named.replace(/\/$/, ''));
  if (PORT !== '0' && (await LabClient.isThere(own))) return run(line, own);
  const progress = new ProgressBar(process.stderr);
  progress.show(0, 'no lab runs: one is started for this command');
  const lab = startLab(process.env);
  endings.push(lab.stop);
  try {
    const url = await lab.url;
    progress.clear();
    return isInterrupted ? INTERRUPTED : await run(line, url);
  } finally {
    await lab.stop();
  }
}

async function run(line: CommandLine, url: string): Promise<number> {
  const lab = await LabClient.open(url, login());
  const onInterrupt = (end: () => Promise<unknown>): void => void endings.push(end);
  const well = await commands[line.command](line, lab, { out: say, progress: new ProgressBar(process.stderr), onInterrupt });
  return well ? 0 : 1;
}

function login(): Login | { token: string } {
  const { LAB_TOKEN, LAB_USER = 'admin', LAB_PASSWORD, ADMIN_PASSWORD = 'admin' } = process.env;
  return LAB_TOKEN ? { token: LAB_TOKEN } : { username: LAB_USER, password: LAB_PASSWORD ?? ADMIN_PASSWORD };
}

/** The first signal ends what was begun. A second one does not wait. */
async function interrupted(): Promise<never> {
  if (isInterrupted) process.exit(INTERRUPTED);
  isInterrupted = true;
  process.stderr.write('\nInterrupted: ending what was begun. Once more to stop at once.\n');
  for (const end of endings.reverse()) await end().catch(() => undefined);
  process.exit(INTERRUPTED);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void interrupted());
main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    // Then a lab that is gone is no news.
    if (isInterrupted) return;
    const known = error instanceof LabError;
    process.stderr.write(`${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
