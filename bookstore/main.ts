import { Bookstore } from './bookstore.js';
import { aStock } from './stock.js';

const DEFAULT_PORT = 4100;

/** `npm run bookstore`: a shop to scrape where there is no internet. */
async function main(): Promise<void> {
  const port = Number(process.env.BOOKSTORE_PORT ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('BOOKSTORE_PORT must be a port, such as 4100.');
  const store = await Bookstore.open(aStock(1000), { port });
  console.log(`A shop of 1,000 invented books is open at ${store.url}
  Scrape it: SCRAPER_BASE_URL=${store.url} npm start, then POST /api/v1/scraping/trigger`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void store.close());
}

main().catch((error: unknown) => {
  const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
  console.error(inUse ? 'The port is in use. Choose another one with BOOKSTORE_PORT.' : String(error));
  process.exitCode = 1;
});
