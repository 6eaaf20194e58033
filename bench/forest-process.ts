import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FeatureColumn, Model, TrainingSet } from '../src/estimators/estimator.types.js';
import { fit } from '../src/estimators/estimators.service.js';
import { evaluate } from '../src/estimators/evaluation.estimator.js';
import { median } from './row.js';

const [, , folder] = process.argv;
const features = Number(readFileSync(join(folder, 'features.txt'), 'utf8'));
let model: Model | undefined;

const trained = (): Model => {
  if (!model) throw new Error('Ask to fit first.');
  return model;
};

interface Request {
  readonly do: 'fit' | 'score' | 'predict' | 'row' | 'memory';
  readonly params?: object;
  readonly times?: number;
}

async function answer({ do: what, params, times = 1 }: Request): Promise<object> {
  switch (what) {
    case 'fit': {
      const train = table('train');
      return timed(async () => (model = await fit('random_forest', train, params, { seed: 1, workers: 2 })));
    }
    case 'score':
      return evaluate(trained(), table('test'));
    case 'predict': {
      const { features: columns } = table('batch');
      return timed(() => trained().predictColumns(columns));
    }
    case 'row':
      return { wall: median(await eachRow(times)) };
    case 'memory':
      return { peak: Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024 };
  }
}

async function timed(work: () => unknown): Promise<{ wall: number; cpu: number }> {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - wall) / 1000, cpu: (user + system) / 1_000_000 };
}

async function eachRow(times: number): Promise<number[]> {
  const rows = cells('test.x');
  const spent: number[] = [];
  for (let row = 0; row < times; row++) {
    const own = [...rows.subarray(row * features, (row + 1) * features)];
    spent.push((await timed(() => trained().predict([own]))).wall);
  }
  return spent;
}

function table(name: string): TrainingSet {
  const rows = cells(`${name}.x`);
  const values = cells(`${name}.y`);
  const columns = Array.from({ length: features }, (_, feature): FeatureColumn => ({
    name: `x${feature}`,
    type: 'number',
    values: Float64Array.from({ length: values.length }, (_cell, row) => rows[row * features + feature]),
  }));
  return { rows: values.length, features: columns, target: { problem: 'regression', values } };
}

const cells = (name: string): Float64Array => new Float64Array(Uint8Array.from(readFileSync(join(folder, `${name}.bin`))).buffer);

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Request)));
}
