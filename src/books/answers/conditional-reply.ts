import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReadyAnswer } from './ready-answer.js';

/**
 * Answers 304 to whoever has these bytes already, and compressed to whoever takes that (RFC 9110). Caches may keep the answer, and
 * ask each time whether it is still true: nobody can tell when the next scrape ends.
 */
export async function replyWith(answer: ReadyAnswer, request: FastifyRequest, reply: FastifyReply): Promise<Buffer | undefined> {
  void reply.headers({ etag: answer.etag, 'cache-control': 'public, no-cache', vary: 'Accept-Encoding' });
  if (isKnown(answer.etag, request.headers['if-none-match'])) {
    void reply.status(304);
    return undefined;
  }
  const compressed = takesGzip(request.headers['accept-encoding']) ? answer.gzipped() : undefined;
  if (!compressed) return answer.body;
  const bytes = await compressed;
  void reply.header('content-encoding', 'gzip');
  return bytes;
}

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');

function isKnown(etag: string, known: string | undefined): boolean {
  if (known === undefined) return false;
  return known.trim() === '*' || known.split(',').some((tag) => opaque(tag) === opaque(etag));
}

/** A weight of zero is a refusal. */
function takesGzip(accepted = ''): boolean {
  return accepted.split(',').some((offer) => {
    const [coding, ...parameters] = offer.split(';').map((part) => part.trim().toLowerCase());
    return coding === 'gzip' && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}
