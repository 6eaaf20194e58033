import { writeFileSync } from 'node:fs';
import { SqlTooLargeError } from '../sql.errors.js';
import type { Chunk } from '../sql.port.js';
import { charactersOf } from './characters.js';
import { ConfinedQuery } from './confined-query.js';
import { ReadAhead } from './read-ahead.js';
import { type ArrowPart, failureOf, OUT_OF_MEMORY, type Reply, type Request } from './sandbox-messages.js';

/**
 * The process of one query. It ends when whoever started it is gone, and when it takes more memory than it may: DuckDB counts
 * its buffers, not the values on which a function is at work.
 */
const LOOK_EVERY_MS = 20;
/** Node and DuckDB themselves, and rows on their way. */
const BESIDE_BUFFERS_BYTES = 400_000_000;
const MOST_CHUNK_CHARACTERS = 64 * 1024 * 1024;

let query: ConfinedQuery | undefined;
let chunks: ReadAhead<Chunk> | undefined;
let parts: ReadAhead<ArrowPart> | undefined;

async function answer(request: Request): Promise<Extract<Reply, { answer: unknown }>['answer']> {
  if (request.kind === 'open') {
    const { limits, folder } = request;
    stayBelow(limits.memoryBytes + BESIDE_BUFFERS_BYTES);
    query = await ConfinedQuery.open(request.query, limits, folder);
    return query.columns;
  }
  if (!query) throw new Error('No query is open');
  switch (request.kind) {
    case 'parquet':
      return query.writeParquet(request.selection);
    case 'read':
      chunks = new ReadAhead(query.read(request.selection), refuseWide);
      return undefined;
    case 'arrow':
      parts = new ReadAhead(query.arrow(request.selection));
      return undefined;
    case 'next':
      return chunks?.next();
    case 'next part':
      return parts?.next();
  }
}

function refuseWide({ values }: Chunk): void {
  if (charactersOf(values) > MOST_CHUNK_CHARACTERS) throw new SqlTooLargeError('The rows of the result are too wide');
}

function stayBelow(bytes: number): void {
  setInterval(() => {
    // Not by exit(), which waits for the threads of DuckDB.
    if (process.memoryUsage.rss() > bytes) process.kill(process.pid, OUT_OF_MEMORY);
  }, LOOK_EVERY_MS);
}

/** Where the system has to end something for want of memory, it takes this process first. */
function comeFirst(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Other systems have no such file.
  }
}

comeFirst();
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (request: Request) => {
  const reply = (told: Reply): void => void process.send?.(told);
  answer(request).then(
    (given) => reply({ answer: given }),
    (error: unknown) => reply({ failure: failureOf(error) }),
  );
});
