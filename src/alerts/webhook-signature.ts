import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** A secret that begins with `whsec_` is base64 behind it, as their libraries make them; any other one is taken as it is. */
const keyOf = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8');

/**
 * Headers by which a receiver knows that a message is ours, whole and new (Standard Webhooks 1.0.0: HMAC-SHA256 over id, time and
 * body).
 * @param sentAt the time of this attempt
 */
export function signatureHeaders(secret: string, id: string, sentAt: Date, body: string): Record<string, string> {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
