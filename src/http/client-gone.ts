import type { FastifyReply } from 'fastify';
import { ClientGoneError } from './http.errors.js';

/** Aborted when the client closes its connection before it has the whole answer. */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  // Of the answer: the request is closed as soon as its body has been read.
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(new ClientGoneError());
  });
  return gone.signal;
}
