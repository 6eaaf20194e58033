import { setTimeout as wait } from 'node:timers/promises';
import { Agent, fetch, type Response } from 'undici';
import { AddressNotAllowedError, PageBudgetError, PageUnavailableError } from '../scraping.errors.js';
import type { FetchedPage, Validators } from './fetched-page.js';
import { Pace } from './pace.js';
import { namesPrivate, publicLookup } from './private-address.js';
import { retryDelay } from './retry-delay.js';
import { Robots } from './robots.js';

export interface Manners {
  /** The one host that is asked, and where a scrape begins. */
  readonly baseUrl: string;
  readonly requestsPerSecond: number;
  /** Names the program, and where its people can be reached. */
  readonly userAgent: string;
  /** Requests of one scrape, repeated ones and redirects included. */
  readonly mostRequests: number;
  /** For one answer, from the connection to its last byte. */
  readonly timeoutMs: number;
  readonly mostBytes: number;
  /** How often a page is asked for before it is given up. */
  readonly attempts: number;
}

const MOST_REDIRECTS = 5;
const WORTH_ANOTHER_TRY = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks one host for pages as a guest does: by its robots.txt, at a steady pace, patient with its failures, and for a page that it
 * has seen only when that has changed. It goes to no other host, and into no private network unless that is the configured host.
 */
export class PageFetcher {
  private readonly agent: Agent;
  private readonly host: string;
  private readonly pace: Pace;
  private robots: Promise<Robots> | undefined;
  private requests = 0;

  constructor(private readonly manners: Manners) {
    const { host, hostname } = new URL(manners.baseUrl);
    this.host = host;
    this.pace = new Pace(manners.requestsPerSecond);
    this.agent = new Agent({ connect: namesPrivate(hostname) ? {} : { lookup: publicLookup } });
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /**
   * @param known of the page as it was got before
   * @throws {PageUnavailableError} when it was not got after all attempts
   * @throws {AddressNotAllowedError | PageBudgetError} @throws the reason of the signal
   */
  async get(url: string, signal: AbortSignal, known: Validators = {}): Promise<FetchedPage> {
    this.robots ??= this.askRobots(signal);
    const robots = await this.robots;
    return this.patiently(url, signal, (at) => {
      if (!robots.allows(at)) throw new AddressNotAllowedError(at, 'the robots.txt of the site forbids it');
      return this.ask(at, signal, known);
    });
  }

  /** Without one all is allowed; while the server fails, nothing (RFC 9309, 2.3.1). */
  private async askRobots(signal: AbortSignal): Promise<Robots> {
    const url = new URL('/robots.txt', this.manners.baseUrl).href;
    const answer = await this.patiently(url, signal, (at) => this.ask(at, signal, {})).catch((error: unknown) => {
      if (error instanceof PageUnavailableError && isAbsent(error.answered)) return undefined;
      throw error;
    });
    const robots = new Robots(url, answer?.body?.toString('utf8') ?? '', this.manners.userAgent);
    this.pace.slowDown(1 / robots.crawlDelaySeconds);
    return robots;
  }

  private async patiently(url: string, signal: AbortSignal, ask: (url: string) => Promise<Answer>): Promise<FetchedPage> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.follow(url, ask);
      if (answer.page) return { ...answer.page, url };
      if (!answer.again || attempt >= this.manners.attempts) throw new PageUnavailableError(url, answer.reason, answer.status);
      const delay = retryDelay(attempt, answer.retryAfter);
      if (answer.retryAfter === undefined) await wait(delay, undefined, { signal });
      else this.pace.rest(delay);
    }
  }

  private async follow(url: string, ask: (url: string) => Promise<Answer>): Promise<Answer> {
    let at = url;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await ask(at);
      if (!answer.location) return answer;
      at = new URL(answer.location, at).href;
    }
    return { again: false, reason: `it redirects more than ${MOST_REDIRECTS} times` };
  }

  private async ask(url: string, signal: AbortSignal, { etag, lastModified }: Validators): Promise<Answer> {
    this.allow(url);
    await this.pace.turn(signal);
    if (++this.requests > this.manners.mostRequests) throw new PageBudgetError(this.manners.mostRequests);
    const headers: Record<string, string> = { 'user-agent': this.manners.userAgent, accept: 'text/html,*/*;q=0.5' };
    if (etag) headers['if-none-match'] = etag;
    if (lastModified) headers['if-modified-since'] = lastModified;
    const timeout = AbortSignal.timeout(this.manners.timeoutMs);
    try {
      const response = await fetch(url, {
        dispatcher: this.agent,
        redirect: 'manual',
        headers,
        signal: AbortSignal.any([signal, timeout]),
      });
      return await this.read(url, response);
    } catch (error) {
      signal.throwIfAborted();
      const reason = timeout.aborted ? `no answer within ${this.manners.timeoutMs} ms` : reasonOf(error);
      return { again: true, reason };
    }
  }

  private allow(url: string): void {
    const { protocol, host } = new URL(url);
    if (!/^https?:$/.test(protocol)) throw new AddressNotAllowedError(url, `${protocol} is not a protocol of pages`);
    if (host !== this.host) throw new AddressNotAllowedError(url, `a scrape of ${this.host} goes to no other host`);
  }

  private async read(url: string, response: Response): Promise<Answer> {
    const { status, headers } = response;
    const page = (body: Buffer | null): Answer => ({
      again: false,
      reason: '',
      page: {
        url,
        body,
        contentType: headers.get('content-type') ?? '',
        validators: { etag: headers.get('etag') ?? undefined, lastModified: headers.get('last-modified') ?? undefined },
      },
    });
    if (status === 200) {
      const body = await this.bodyOf(response);
      return body ? page(body) : { again: false, reason: `it is larger than ${this.manners.mostBytes} bytes` };
    }
    await response.body?.cancel();
    if (status === 304) return page(null);
    const location = headers.get('location');
    if (location && status >= 300 && status < 400) return { again: false, reason: '', location };
    const retryAfter = headers.get('retry-after') ?? undefined;
    return { again: WORTH_ANOTHER_TRY.has(status), reason: `the server answered ${status}`, status, retryAfter };
  }

  /** @returns undefined when it is too large: it is not read to its end */
  private async bodyOf(response: Response): Promise<Buffer | undefined> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > this.manners.mostBytes) return undefined;
      chunks.push(chunk as Uint8Array);
    }
    return Buffer.concat(chunks, size);
  }
}

interface Answer {
  readonly page?: FetchedPage;
  /** Whether asking again may help. */
  readonly again: boolean;
  readonly reason: string;
  readonly status?: number;
  readonly location?: string;
  /** As the header says it. */
  readonly retryAfter?: string;
}

const isAbsent = (status = 500): boolean => status >= 400 && status < 500 && status !== 429;

/** `fetch` says "fetch failed", and the cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
