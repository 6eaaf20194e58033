import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../src/estimators/random.js';

export const FEATURES = 8;

/**
 * Friedman's first benchmark (1991): five features that matter, three that do not, noise of variance 1. Written as `train`, `test`
 * and `batch`: <table>.x.bin, float64 row-major, and <table>.y.bin.
 * @returns the folder, which is the caller's to remove
 */
export async function writeFriedman(rows: { train: number; test: number; batch: number }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-bench-forest-'));
  await writeFile(join(folder, 'features.txt'), String(FEATURES));
  for (const [stream, [name, count]] of Object.entries(rows).entries()) {
    const { x, y } = friedman(new Random(1, stream), count);
    await writeFile(join(folder, `${name}.x.bin`), x);
    await writeFile(join(folder, `${name}.y.bin`), y);
  }
  return folder;
}

function friedman(random: Random, rows: number): { x: Float64Array; y: Float64Array } {
  const x = Float64Array.from({ length: rows * FEATURES }, () => random.fraction());
  const y = Float64Array.from({ length: rows }, (_, row) => {
    const [a, b, c, d, e] = x.subarray(row * FEATURES);
    return 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + normal(random);
  });
  return { x, y };
}

/** Box and Muller 1958. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
