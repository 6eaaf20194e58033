import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contender } from './contender.js';
import { type Bench, megabytes, type Row } from './row.js';
import { inDuckDb, sales } from './sales.js';
import { type Spent, spentBy, spentRows } from './spent.js';

const ROWS = 10_000_000;
const ROUNDS = 3;

/** What the settings of our DuckDB cost and bring, in turns with one as it comes: the ground of docs/decisions/0001. */
export const engine: Bench = {
  name: 'engine',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    const source = join(folder, 'sales.parquet');
    // As events come: a hundredth twice.
    const twice = `select * from s union all select * from s where event_id % 100 = 0`;
    await inDuckDb(`copy (with s as (${sales(0, ROWS)}) select * from (${twice}) order by hash(event_id)) to '${source}'`);
    const start = (kind: string): Contender =>
      Contender.start(process.execPath, [join(import.meta.dirname, 'engine-process.js'), kind, folder]);
    const [ours, bare] = [start('ours'), start('bare')];
    try {
      const inTurns = async (what: string, work: (contender: Contender, round: number) => Promise<unknown>): Promise<Row[]> => {
        const turns: { ours: Spent[]; peers: Spent[] } = { ours: [], peers: [] };
        for (let round = 0; round <= ROUNDS; round++) {
          turns.ours.push(await spentBy([ours.pid], () => work(ours, round)));
          turns.peers.push(await spentBy([bare.pid], () => work(bare, round)));
        }
        // The first of each is cold.
        const warm = { ours: turns.ours.slice(1), peers: turns.peers.slice(1) };
        return spentRows(`${what} (peer: as DuckDB comes)`, warm);
      };
      const bytes = new Map<Contender, number>();
      const place = (contender: Contender, round: number): string =>
        join(folder, `${contender === ours ? 'ours' : 'bare'}-${round}`);
      const write = async (contender: Contender, round: number): Promise<unknown> =>
        bytes.set(contender, await contender.ask('write', { select: `from '${source}'`, to: place(contender, round) }));
      const run = (sql: string) => (contender: Contender) => contender.ask('run', { sql });
      const first = (key: string, order: string): string =>
        `select max(columns(*)) from (from '${source}' qualify row_number() over (partition by ${key} order by ${order}) = 1)`;
      return [
        ...(await inTurns(`writing ${ROWS / 1e6}M rows without floating-point numbers`, write)),
        sizes(bytes.get(ours)!, bytes.get(bare)!),
        ...(await inTurns('reading all of them', (contender) =>
          run(`select max(columns(*)) from '${place(contender, ROUNDS)}/*.parquet'`)(contender),
        )),
        ...(await inTurns('the latest row of each id', run(first('event_id', 'ts desc')))),
        ...(await inTurns('the latest row of each of 30 countries', run(first('country', 'ts desc')))),
      ];
    } finally {
      await Promise.all([ours.stop(), bare.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const sizes = (ours: number, peer: number): Row => ({
  what: 'the files of them',
  ours: megabytes(ours),
  peer: megabytes(peer),
  ratio: ours / peer,
});
