import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Headers, Received } from './exchange.js';
import type { FetchedPage, Validators } from './fetched-page.js';

const decompress = promisify(gunzip);

/** What one request came to: a page, another address, or a reason why neither. */
export interface Answer {
  readonly page?: FetchedPage;
  readonly location?: string;
  readonly reason: string;
  /** Whether asking again may help. */
  readonly again: boolean;
  readonly status?: number;
  /** As the header says it. */
  readonly retryAfter?: string;
}

export interface Request {
  readonly url: string;
  /** Of the page as it was got before. */
  readonly known?: Validators;
  readonly most: PageLimit;
}

export interface PageLimit {
  readonly bytes: number;
  /** What is beyond is left out; else such a page is refused. */
  readonly cut?: boolean;
}

const WORTH_ANOTHER_TRY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** @throws what is not whole */
export async function readAnswer({ url, known, most }: Request, received: Received): Promise<Answer> {
  const { status, headers } = received;
  const validators = { etag: headerOf(headers, 'etag'), lastModified: headerOf(headers, 'last-modified') };
  const page = (body: Buffer | null): Answer => ({
    ...{ again: false, reason: '', status },
    page: { url, address: url, body, contentType: headerOf(headers, 'content-type') ?? '', validators },
  });
  if (status === 200) {
    const body = await bodyOf(received, most);
    return typeof body === 'string' ? { again: false, reason: body, status } : page(body);
  }
  if (status === 304 && (known?.etag || known?.lastModified)) return page(null);
  const location = headerOf(headers, 'location');
  if (location && status >= 300 && status < 400) return { again: false, reason: '', location, status };
  const reason =
    status === 304 ? 'the server answered 304, though it was not told of any version' : `the server answered ${status}`;
  return { again: WORTH_ANOTHER_TRY.has(status), reason, status, retryAfter: headerOf(headers, 'retry-after') };
}

function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** @returns the reason when it is refused; what is too large is not unpacked either */
async function bodyOf({ body, headers }: Received, { bytes, cut }: PageLimit): Promise<Buffer | string> {
  const tooLarge = `it is larger than ${bytes} bytes`;
  if (body.length > bytes && !cut) return tooLarge;
  const received = body.subarray(0, bytes);
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity';
  if (encoding === 'identity') return received;
  if (!/^(x-)?gzip$/i.test(encoding)) return `it is encoded as ${encoding}, which was not asked for`;
  try {
    // Strict, as browsers are not: what was cut off is no page.
    return await decompress(received, { maxOutputLength: bytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge;
    throw error;
  }
}
