import type { StoredMessage } from '../../stream.port.js';

/** Each with at least one message, and no more of them, or of bytes about, than is asked. */
export function* slicesOf<Message extends Pick<StoredMessage, 'value'>>(
  messages: readonly Message[],
  { bytes: mostBytes = Infinity, messages: most = Infinity }: { readonly bytes?: number; readonly messages?: number } = {},
): Generator<readonly Message[]> {
  let [start, bytes] = [0, 0];
  for (const [at, { value }] of messages.entries()) {
    if (at > start && (at - start >= most || bytes >= mostBytes)) {
      yield messages.slice(start, at);
      [start, bytes] = [at, 0];
    }
    bytes += value?.length ?? 0;
  }
  if (start < messages.length) yield messages.slice(start);
}
