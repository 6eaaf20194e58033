import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of the Numenta Anomaly Benchmark. */
export interface Series {
  /** Below `data/`, such as `realTweets/Twitter_volume_KO.csv`. */
  readonly file: string;
  /** Milliseconds; the benchmark's clocks are local, read here as UTC. Some repeat. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** First and last row of each labelled window. */
  readonly windows: readonly (readonly [number, number])[];
}

/** @param folder with the benchmark's `data/` and `labels/` */
export async function readCorpus(folder: string): Promise<Series[]> {
  const labels = await labelsOf(folder);
  return Promise.all(
    Object.keys(labels)
      .toSorted()
      .map(async (file) => {
        const [times, values] = await columnsOf(join(folder, 'data', file), 'value');
        return {
          file,
          times,
          values,
          windows: labels[file].map(([from, to]) => [rowAt(times, from), rowAt(times, to)] as const),
        };
      }),
  );
}

/** The scores that another detector's results file holds. */
export async function publishedScores(folder: string, detector: string, { file, values }: Series): Promise<Float64Array> {
  const path = join(folder, 'results', detector, file.replace('/', `/${detector}_`));
  const [, scores] = await columnsOf(path, 'anomaly_score');
  if (scores.length !== values.length) throw new Error(`${path} has ${scores.length} rows, and its series has ${values.length}.`);
  return scores;
}

/** Of those whose results lie beside the data: the benchmark's repository has them, its data alone do not. */
export async function publishedDetectors(folder: string): Promise<Record<string, { standard: number }>> {
  const path = join(folder, 'results/final_results.json');
  return (await isThere(path)) ? (JSON.parse(await readFile(path, 'utf8')) as Record<string, { standard: number }>) : {};
}

async function labelsOf(folder: string): Promise<Record<string, [string, string][]>> {
  const path = join(folder, 'labels/combined_windows.json');
  if (!(await isThere(path))) {
    throw new Error(`${path} is not there: give the folder of the Numenta Anomaly Benchmark with --data.`);
  }
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, [string, string][]>;
}

async function columnsOf(path: string, column: string): Promise<[times: Float64Array, values: Float64Array]> {
  const [header, ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/);
  const at = header.split(',').indexOf(column);
  if (at < 0) throw new Error(`${path} has no column "${column}".`);
  const cells = lines.map((line) => line.split(','));
  return [Float64Array.from(cells, (row) => millis(row[0])), Float64Array.from(cells, (row) => Number(row[at]))];
}

const millis = (time: string): number => Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`);

function rowAt(times: Float64Array, time: string): number {
  const row = times.indexOf(millis(time));
  if (row < 0) throw new Error(`No row has the time ${time} of a labelled window.`);
  return row;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
