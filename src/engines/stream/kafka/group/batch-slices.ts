import type { StoredMessage } from '../../stream.port.js';

/** Each with at least one message, and no more of them, or of bytes about, than is asked. */
export function* slicesOf<Message extends Pick<StoredMessage, 'value'>>(
  groups: Iterable<readonly Message[]>,
  { bytes: mostBytes = Infinity, messages: most = Infinity }: { readonly bytes?: number; readonly messages?: number } = {},
): Generator<readonly Message[]> {
  let slice: Message[] = [];
  let bytes = 0;
  for (const group of groups) {
    for (const message of group) {
      if (slice.length > 0 && (slice.length >= most || bytes >= mostBytes)) {
        yield slice;
        [slice, bytes] = [[], 0];
      }
      slice.push(message);
      bytes += message.value?.length ?? 0;
    }
  }
  if (slice.length > 0) yield slice;
}
