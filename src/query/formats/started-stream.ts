import { Readable } from 'node:stream';

/** A stream whose first piece is there already: what fails before it is told with a status, not by an answer that breaks off. */
export async function startedStream(pieces: AsyncGenerator<string | Uint8Array>): Promise<Readable> {
  const first = await pieces.next();
  return Readable.from(from(first, pieces), { objectMode: false });
}

async function* from<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
