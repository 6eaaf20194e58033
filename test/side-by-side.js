import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Runs scripts of package.json, as many at once as there are processors: `node test/side-by-side.js lint types`. */
const scripts = process.argv.slice(2);

async function runNext() {
  for (let script = scripts.shift(); script !== undefined; script = scripts.shift()) {
    const { code, output } = await run(script);
    process.stdout.write(output);
    if (code !== 0) process.exitCode = 1;
  }
}

/** @returns what it printed as one piece, so that two that run at once do not talk over each other */
function run(script) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

await Promise.all(Array.from({ length: availableParallelism() }, runNext));
