import { createInterface } from 'node:readline';

/** Nothing but a loop that fetches pages and throws them away: `bare-scrape.js`. Each line names the pages and how many abreast. */
async function fetchAll(urls: readonly string[], abreast: number): Promise<number> {
  const left = urls.values();
  let bytes = 0;
  await Promise.all(
    Array.from({ length: abreast }, async () => {
      for (const url of left) {
        const response = await fetch(url);
        if (!response.ok) throw new Error(`${url} answered ${response.status}`);
        bytes += (await response.text()).length;
      }
    }),
  );
  return bytes;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { urls, abreast } = JSON.parse(line) as { urls: string[]; abreast: number };
  const begun = performance.now();
  const bytes = await fetchAll(urls, abreast);
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - begun) / 1000, bytes })}\n`);
}
