import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openScikitLearn } from '../test/interop/servers/scikit-learn.js';
import { Contender } from './contender.js';
import { writeFriedman } from './friedman.js';
import { type Bench, median, medianRatio, megabytes, type Row, seconds } from './row.js';

const PEER = join(import.meta.dirname, '../../bench/peers/forest.py');
const OURS = join(import.meta.dirname, 'forest-process.js');
const TEST_ROWS = 20_000;
const BATCH_ROWS = 100_000;
const ROUNDS = 3;
const BATCHES = 5;

/** What is asked of both: the two know the parameters by the same names, but the trees. */
const CONTESTS = [
  { rows: 100_000, name: "scikit-learn's defaults", params: { max_features: 1, min_samples_leaf: 1 } },
  { rows: 100_000, name: 'our defaults', params: { max_features: 0.5, min_samples_leaf: 5 } },
  { rows: 20_000, name: 'our defaults', params: { max_features: 0.5, min_samples_leaf: 5 } },
] as const;
type Contest = (typeof CONTESTS)[number];

/** Of wall-clock and CPU, in seconds. */
interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** What one contender did in a contest. */
interface Feats {
  readonly fits: Spent[];
  readonly batches: Spent[];
  r2: number;
  row: number;
  peak: number;
}

/** 100 trees on Friedman's first benchmark, in turns with scikit-learn; both may use two threads. */
export const forest: Bench = {
  name: 'forest',
  async run(): Promise<Row[]> {
    const { python } = await openScikitLearn();
    const rows: Row[] = [];
    for (const contest of CONTESTS) rows.push(...(await compete(contest, python)));
    return [...rows, await million()];
  },
};

async function compete(contest: Contest, python: string): Promise<Row[]> {
  const folder = await writeFriedman({ train: contest.rows, test: TEST_ROWS, batch: BATCH_ROWS });
  const contenders = [Contender.start(process.execPath, [OURS, folder]), Contender.start(python, ['-B', PEER, folder])];
  const feats = contenders.map((): Feats => ({ fits: [], batches: [], r2: NaN, row: NaN, peak: NaN }));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, { fits }] of feats.entries()) fits.push(await contenders[i].ask('fit', paramsOf(contest, i)));
    }
    for (let batch = 0; batch < BATCHES; batch++) {
      for (const [i, { batches }] of feats.entries()) batches.push(await contenders[i].ask('predict'));
    }
    for (const [i, own] of feats.entries()) {
      ({ r2: own.r2 } = await contenders[i].ask<{ r2: number }>('score'));
      ({ wall: own.row } = await contenders[i].ask<Spent>('row', { times: i === 0 ? 5000 : 100 }));
      ({ peak: own.peak } = await contenders[i].ask<{ peak: number }>('memory'));
    }
    return table(contest, feats[0], feats[1]);
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

const paramsOf = ({ params }: Contest, contender: number): object => ({
  params: { ...params, [contender === 0 ? 'n_trees' : 'n_estimators']: 100 },
});

function table({ rows, name }: Contest, ours: Feats, peer: Feats): Row[] {
  const isAsserted = rows === 100_000;
  const title = `forest, ${rows / 1000}k × 8, ${name}`;
  const pair = (what: string, of: (feats: Feats) => number[], wanted?: string): Row => ({
    what: `${title}: ${what}`,
    ours: seconds(median(of(ours))),
    peer: seconds(median(of(peer))),
    ratio: medianRatio(of(ours), of(peer)),
    wanted: isAsserted ? wanted : undefined,
  });
  return [
    pair('fit', ({ fits }) => fits.map(({ wall }) => wall), 'at most 0.33'),
    pair('fit, CPU', ({ fits }) => fits.map(({ cpu }) => cpu)),
    pair('predict 100k rows', ({ batches }) => batches.map(({ wall }) => wall), 'at most 1'),
    pair('predict 100k rows, CPU', ({ batches }) => batches.map(({ cpu }) => cpu)),
    { what: `${title}: R²`, ours: ours.r2.toFixed(4), peer: peer.r2.toFixed(4), wanted: 'within 0.005' },
    {
      what: `${title}: one row (peer: in one thread)`,
      ours: micros(ours.row),
      peer: micros(peer.row),
      ratio: ours.row / peer.row,
      wanted: isAsserted ? 'at most 40 µs' : undefined,
    },
    { what: `${title}: peak RSS`, ours: megabytes(ours.peak), peer: megabytes(peer.peak), ratio: ours.peak / peer.peak },
  ];
}

/** Ours alone: the peer takes a quarter of an hour. */
async function million(): Promise<Row> {
  const folder = await writeFriedman({ train: 1_000_000, test: TEST_ROWS, batch: 1 });
  const ours = Contender.start(process.execPath, [OURS, folder]);
  try {
    const { wall, cpu } = await ours.ask<Spent>('fit', { params: {} });
    const { r2 } = await ours.ask<{ r2: number }>('score');
    const { peak } = await ours.ask<{ peak: number }>('memory');
    return {
      what: `forest, 1M × 8, our defaults: fit (CPU ${seconds(cpu)}, R² ${r2.toFixed(4)}, ${megabytes(peak)})`,
      ours: seconds(wall),
    };
  } finally {
    await ours.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const micros = (value: number): string => `${(value * 1_000_000).toFixed(1)} µs`;
