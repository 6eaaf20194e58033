import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SANE = /^[\w.:-]{1,128}$/;

/** Of this process alone: behind it counting is enough, and cheaper than drawing an id for each request. */
const PROCESS = randomBytes(8).toString('hex');
let count = 0;

/** The caller's own `X-Request-Id` where it is harmless to log and to send back, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : `${PROCESS}-${++count}`;
}
