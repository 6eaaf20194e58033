import { parseArgs } from 'node:util';
import { anomalies } from './anomalies.bench.js';
import { books } from './books.bench.js';
import { delta } from './delta.bench.js';
import { engine } from './engine.bench.js';
import { flights } from './flights.bench.js';
import { forest } from './forest.bench.js';
import { landing } from './landing.bench.js';
import { medallion } from './medallion.bench.js';
import { merge } from './merge.bench.js';
import { pipelines } from './pipelines.bench.js';
import { predict } from './predict.bench.js';
import { profile } from './profile.bench.js';
import { publish } from './publish.bench.js';
import type { Bench, Row } from './row.js';
import { scrape } from './scrape.bench.js';
import { stream } from './stream.bench.js';
import { windows } from './windows.bench.js';

const BENCHES: readonly Bench[] = [
  anomalies,
  books,
  delta,
  engine,
  flights,
  forest,
  landing,
  medallion,
  merge,
  pipelines,
  predict,
  profile,
  publish,
  scrape,
  stream,
  windows,
];

/** `npm run bench` runs all, `npm run bench -- flights` one; `--data` names a folder of data that is not shipped, `--spark` lets Spark compete. */
async function main(args: readonly string[]): Promise<void> {
  const { positionals: names, values } = parseArgs({
    args: [...args],
    options: { data: { type: 'string' }, spark: { type: 'boolean' } },
    allowPositionals: true,
  });
  const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown) throw new Error(`There is no bench "${unknown}". There are: ${BENCHES.map(({ name }) => name).join(', ')}.`);
  const rows: Row[] = [];
  for (const bench of BENCHES) if (names.length === 0 || names.includes(bench.name)) rows.push(...(await bench.run(values)));
  console.table(
    rows.map(({ what, ours, peer = '', ratio, wanted = '' }) => ({
      what,
      ours,
      peer,
      ratio: ratio === undefined ? '' : ratio.toFixed(2),
      wanted,
      met: verdict(ratio, wanted),
    })),
  );
}

/** Of what is wanted of the ratio: other rows are for the reader to judge. */
function verdict(ratio: number | undefined, wanted: string): string {
  const [, side, limit] = /^at (most|least) ([\d.]+)$/.exec(wanted) ?? [];
  if (ratio === undefined || side === undefined) return '';
  return (side === 'most' ? ratio <= Number(limit) : ratio >= Number(limit)) ? 'yes' : 'no';
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
