import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/**
 * Runs scripts of package.json, as many at once as there are processors: `node test/side-by-side.js lint types`. The first one
 * speaks as it goes. The others speak when it has ended, each in one piece, so that nothing hides what they complain about.
 */
const [first, ...others] = process.argv.slice(2);

const said = [];

await Promise.all([run(first, process.stdout), ...Array.from({ length: availableParallelism() - 1 }, runOthers)]);
// On one processor they are all still to come.
await runOthers();
process.stdout.write(Buffer.concat(said));

async function runOthers() {
  for (let script = others.shift(); script !== undefined; script = others.shift()) {
    const pieces = [];
    await run(script, { write: (piece) => pieces.push(piece) });
    said.push(...pieces);
  }
}

/** A script that fails is what this program ends with. */
function run(script, out) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => out.write(piece));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) process.exitCode = 1;
      resolve();
    });
  });
}
