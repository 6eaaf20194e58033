import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Runs scripts of package.json, as many at once as there are processors: `node test/side-by-side.js lint types`. The first one
 * speaks as it goes, each other one in one piece when it has ended, so that no two talk over each other.
 */
const scripts = process.argv.slice(2);
const [first] = scripts;

async function runNext() {
  for (let script = scripts.shift(); script !== undefined; script = scripts.shift()) {
    const code = script === first ? await run(script, process.stdout) : await runQuietly(script);
    if (code !== 0) process.exitCode = 1;
  }
}

async function runQuietly(script) {
  const pieces = [];
  const code = await run(script, { write: (piece) => pieces.push(piece) });
  process.stdout.write(Buffer.concat(pieces));
  return code;
}

/** @returns its exit code */
function run(script, out) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => out.write(piece));
    child.once('error', reject);
    child.once('close', resolve);
  });
}

await Promise.all(Array.from({ length: availableParallelism() }, runNext));
