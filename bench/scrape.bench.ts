import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addressOf, PAGE_SIZE } from '../bookstore/pages.js';
import { aStock } from '../bookstore/stock.js';
import { Contender } from './contender.js';
import { memoryOf } from './process-tree.js';
import { type Bench, median, medianRatio, megabytes, type Row, seconds } from './row.js';
import { cpuOf, ServedProcess } from './served-process.js';

const BOOKS = 1_000;
/** As many as the scraper has under way. */
const ABREAST = 8;
const ROUNDS = 7;
const PROCESS = join(import.meta.dirname, 'scrape-process.js');
const BARE = join(import.meta.dirname, 'bare-scrape.js');
const BOOKSTORE = join(import.meta.dirname, '../bookstore/main.js');
const PIPELINE = 'name: scrape\ntasks:\n  scrape: { uses: scraping.books }\n';

interface Scrape {
  readonly seconds: number;
  readonly cpu: number;
}

/** The whole shop without politeness, in turns with a loop that fetches the same pages and does nothing with them. */
export const scrape: Bench = {
  name: 'scrape',
  async run(): Promise<Row[]> {
    const folder = await aFolder();
    const shop = await ServedProcess.start(process.execPath, [BOOKSTORE], { cwd: folder, env: { BOOKSTORE_PORT: '0' } });
    const lab = Contender.start(process.execPath, [PROCESS, folder, shop.url]);
    const bare = Contender.start(process.execPath, [BARE]);
    const urls = pagesOf(shop.url);
    const timed = async (contender: Contender): Promise<Scrape> => {
      const before = cpuOf(contender.pid);
      const { seconds: taken } = await contender.ask<{ seconds: number }>('scrape', { urls, abreast: ABREAST });
      return { seconds: taken, cpu: cpuOf(contender.pid) - before };
    };
    try {
      // The first of each is made cold.
      await timed(lab);
      await timed(bare);
      const ours: Scrape[] = [];
      const peers: Scrape[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        ours.push(await timed(lab));
        peers.push(await timed(bare));
      }
      return rowsOf(ours, peers, [memoryOf([lab.pid]), memoryOf([bare.pid])]);
    } finally {
      await Promise.all([lab.stop(), bare.stop()]);
      await shop.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function rowsOf(ours: readonly Scrape[], peers: readonly Scrape[], [memory, peerMemory]: readonly [number, number]): Row[] {
  const [taken, peerTaken, cpu, peerCpu] = [
    ...[ours, peers].map((scrapes) => scrapes.map((one) => one.seconds)),
    ...[ours, peers].map((scrapes) => scrapes.map((one) => one.cpu)),
  ];
  const pages = BOOKS + BOOKS / PAGE_SIZE;
  return [
    {
      what: `${pages} pages scraped into bronze (peer: a bare loop that fetches them)`,
      ours: seconds(median(taken)),
      peer: seconds(median(peerTaken)),
      ratio: medianRatio(taken, peerTaken),
      wanted: 'at most 2',
    },
    { what: `${pages} pages, processor time`, ours: seconds(median(cpu)), peer: seconds(median(peerCpu)) },
    {
      what: `${pages} pages, memory (ours: the whole lab with its database)`,
      ours: megabytes(memory),
      peer: megabytes(peerMemory),
    },
  ];
}

const pagesOf = (shop: string): string[] => [
  ...Array.from({ length: BOOKS / PAGE_SIZE }, (_, at) => `${shop}/catalogue/page-${at + 1}.html`),
  ...aStock(BOOKS).map((book) => `${shop}/catalogue/${addressOf(book)}`),
];

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'workspace/pipelines'), { recursive: true });
  await writeFile(join(folder, 'workspace/pipelines/scrape.yaml'), PIPELINE);
  return folder;
}
