import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { halfSpaceTrees } from '../src/estimators/anomaly/half-space-trees.estimator.js';

interface Request {
  readonly trees: number;
  readonly height: number;
  readonly window: number;
  readonly rows: number;
}

const [, , folder] = process.argv;
const features = Number(readFileSync(join(folder, 'features.txt'), 'utf8'));
const points = new Float64Array(Uint8Array.from(readFileSync(join(folder, 'points.bin'))).buffer);
const truth = readFileSync(join(folder, 'truth.bin'));

function run({ trees, height, window, rows }: Request): object {
  const detector = halfSpaceTrees.open({ trees, height, window, seed: 1 }, features);
  const scores = new Float64Array(rows);
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  for (let row = 0; row < rows; row++) {
    scores[row] = detector.observe(points.subarray(row * features, (row + 1) * features), row).score;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1_000_000, auc: auc(scores) };
}

/** The chance that an anomaly has a higher score than another point; as much as half for each tie. */
function auc(scores: Float64Array): number {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  let [sum, positives] = [0, 0];
  for (let i = 0, end = 0; i < order.length; i = end) {
    for (end = i; end < order.length && scores[order[end]] === scores[order[i]]; end++);
    const here = order.slice(i, end).filter((row) => truth[row] === 1).length;
    sum += (here * (i + end + 1)) / 2;
    positives += here;
  }
  return (sum - (positives * (positives + 1)) / 2) / (positives * (scores.length - positives));
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(run(JSON.parse(line) as Request)));
