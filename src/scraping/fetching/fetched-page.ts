/** What a server answered to a request for a page. */
export interface FetchedPage {
  /** As asked for. */
  readonly url: string;
  /** Where it was found in the end: its links are relative to it. */
  readonly address: string;
  /** The bytes as received; null when it is still the page that the validators stand for. */
  readonly body: Buffer | null;
  readonly contentType: string;
  readonly validators: Validators;
}

/** By them a server tells whether a page is still the one it sent before (RFC 9110, 13). */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

const CHARSET = /charset\s*=\s*["']?([\w-]+)/i;
/** Where a page may say its encoding (HTML, 13.2.3.2). */
const HEAD_BYTES = 1024;

/**
 * UTF-8 where the bytes are that: hardly any other text is by accident, whatever its server says. Else what the server, then the
 * page says, and Windows-1252 where nobody says anything that is known.
 */
export function textOf({ body, contentType }: { body: Buffer; contentType: string }): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    const named = CHARSET.exec(contentType)?.[1] ?? CHARSET.exec(body.subarray(0, HEAD_BYTES).toString('latin1'))?.[1];
    return decoder(named ?? 'windows-1252').decode(body);
  }
}

function decoder(name: string): { decode(bytes: Buffer): string } {
  try {
    const known = new TextDecoder(name);
    // It has just been tried.
    return known.encoding === 'utf-8' ? new TextDecoder('windows-1252') : known;
  } catch {
    return new TextDecoder('windows-1252');
  }
}
