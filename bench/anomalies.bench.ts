import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DetectorKind } from '../src/estimators/anomaly/anomaly.types.js';
import { DETECTORS } from '../src/estimators/anomaly/detectors.estimator.js';
import { Random } from '../src/estimators/random.js';
import { PythonEnvironment } from '../test/interop/servers/python-environment.js';
import { Contender } from './contender.js';
import { publishedDetectors, publishedScores, readCorpus, type Series } from './numenta/corpus.js';
import { isHeldOut } from './numenta/held-out.js';
import { judge, PROFILES, type Scored } from './numenta/scorer.js';
import { type Bench, median, medianRatio, type Row } from './row.js';

const OURS = join(import.meta.dirname, 'half-space-process.js');
const PEER = join(import.meta.dirname, '../../bench/peers/half-space-trees.py');
/** Published results that a scorer has to arrive at: the best, the one to beat, the plain one, and nothing at all. */
const YARDSTICKS = ['numenta', 'contextOSE', 'twitterADVec', 'windowedGaussian', 'null'];
const WANTED: Readonly<Record<string, string>> = { seasonal: 'above 47.1, then 70.5' };
const TREES = { trees: 25, height: 8, window: 250 };
const CONTEST = { rows: 50_000, features: 3, rounds: 5 };

/** The Numenta Anomaly Benchmark, which `--data` gives the folder of; and half-space trees in turns with River's. */
export const anomalies: Bench = {
  name: 'anomalies',
  async run({ data }): Promise<Row[]> {
    return [...(data === undefined ? [] : await benchmark(data)), ...(await race())];
  },
};

async function benchmark(folder: string): Promise<Row[]> {
  const corpus = await readCorpus(folder);
  return [
    ...(await yardsticks(folder, corpus)),
    ...DETECTORS.filter(({ takes }) => takes === 'one').flatMap((kind) => rowsOf(kind, corpus)),
  ];
}

async function yardsticks(folder: string, corpus: readonly Series[]): Promise<Row[]> {
  const published = await publishedDetectors(folder);
  const rows: Row[] = [];
  for (const name of YARDSTICKS.filter((detector) => detector in published)) {
    const scored = await Promise.all(
      corpus.map(async (series) => ({ series, scores: await publishedScores(folder, name, series) })),
    );
    const { score } = judge(scored, PROFILES.standard);
    rows.push({
      what: `scorer on the results of ${name}; as published`,
      ours: score.toFixed(2),
      peer: published[name].standard.toFixed(2),
    });
  }
  return rows;
}

/** At the best threshold of the whole corpus, as published scores are; and on the series that no choice was made by. */
function rowsOf(kind: DetectorKind, corpus: readonly Series[]): Row[] {
  const begin = performance.now();
  const scored = corpus.map((series) => scoresOf(kind, series));
  const pace = corpus.reduce((sum, { values }) => sum + values.length, 0) / (performance.now() - begin);
  const [tuned, heldOut] = [
    scored.filter(({ series }) => !isHeldOut(series.file)),
    scored.filter(({ series }) => isHeldOut(series.file)),
  ];
  const best = judge(scored, PROFILES.standard);
  const { threshold } = judge(tuned, PROFILES.standard);
  const row = (what: string, score: number, wanted?: string): Row => ({
    what: `${kind.name}: ${what}`,
    ours: score.toFixed(2),
    wanted,
  });
  return [
    row(
      `standard (${best.found} of ${best.windows} found, ${best.falseAlarms} false, ${pace.toFixed(0)}k values/s)`,
      best.score,
      WANTED[kind.name],
    ),
    row('reward low FP', judge(scored, PROFILES.reward_low_FP_rate).score),
    row('reward low FN', judge(scored, PROFILES.reward_low_FN_rate).score),
    row('standard, at its own limit (0.5)', judge(scored, PROFILES.standard, 0.5).score),
    row('series that it was chosen by', judge(tuned, PROFILES.standard).score),
    row('series held out, best threshold', judge(heldOut, PROFILES.standard).score),
    row('series held out, threshold of the others', judge(heldOut, PROFILES.standard, threshold).score),
  ];
}

function scoresOf(kind: DetectorKind, series: Series): Scored {
  const detector = kind.open();
  return { series, scores: series.values.map((value, row) => detector.observe([value], series.times[row]).score) };
}

async function race(): Promise<Row[]> {
  const { python } = await PythonEnvironment.open('river', ['river==0.22.0']);
  const folder = await writePoints();
  const contenders = [Contender.start(process.execPath, [OURS, folder]), Contender.start(python, ['-B', PEER, folder])];
  const rates: number[][] = [[], []];
  const aucs: number[] = [];
  const run = (contender: Contender, rows: number): Promise<{ cpu: number; auc: number }> =>
    contender.ask('run', { ...TREES, rows, judged: 2 * TREES.window });
  try {
    for (let round = 0; round < CONTEST.rounds; round++) {
      // As long as a tenth of the rows takes the peer.
      for (const [i, rows] of [CONTEST.rows, CONTEST.rows / 10].entries()) {
        rates[i].push(rows / (await run(contenders[i], rows)).cpu);
      }
    }
    for (const [i, contender] of contenders.entries()) aucs[i] = (await run(contender, CONTEST.rows / 10)).auc;
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
    await rm(folder, { recursive: true, force: true });
  }
  return raceRows(rates, aucs);
}

function raceRows([ours, peer]: readonly number[][], [auc, peerAuc]: readonly number[]): Row[] {
  const what = `half-space trees, ${TREES.trees} × 2^${TREES.height}, ${CONTEST.features} variables`;
  const rate = (values: readonly number[]): string => `${(median(values) / 1000).toFixed(1)}k/s`;
  return [
    {
      what: `${what}: scored and learnt, by CPU (peer: River)`,
      ours: rate(ours),
      peer: rate(peer),
      ratio: medianRatio(ours, peer),
      wanted: 'at least 10',
    },
    { what: `${what}: area under the ROC curve`, ours: auc.toFixed(3), peer: peerAuc.toFixed(3) },
  ];
}

/** Points near a line that moves along, and one in a hundred anywhere. */
async function writePoints(): Promise<string> {
  const { rows, features } = CONTEST;
  const random = new Random(1, 0);
  const truth = new Uint8Array(rows);
  const points = new Float64Array(rows * features);
  for (let row = 0; row < rows; row++) {
    const along = 0.2 + 0.5 * random.fraction();
    truth[row] = random.below(100) === 0 ? 1 : 0;
    for (let i = 0; i < features; i++) {
      points[row * features + i] = truth[row] ? random.fraction() : along + 0.1 * random.fraction();
    }
  }
  const folder = await mkdtemp(join(tmpdir(), 'half-space-'));
  await writeFile(join(folder, 'points.bin'), points);
  await writeFile(join(folder, 'truth.bin'), truth);
  await writeFile(join(folder, 'features.txt'), String(features));
  return folder;
}
