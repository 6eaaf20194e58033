import { setTimeout as wait } from 'node:timers/promises';
import { Agent } from 'undici';
import { AddressNotAllowedError, PageBudgetError, PageUnavailableError } from '../scraping.errors.js';
import { type Answer, readAnswer, type Request } from './answer.js';
import { exchange } from './exchange.js';
import type { FetchedPage, Validators } from './fetched-page.js';
import { Pace } from './pace.js';
import { Premises } from './premises.js';
import { namesPrivate, publicLookup, type Resolve } from './private-address.js';
import { retryDelay } from './retry-delay.js';
import { Robots } from './robots.js';

export interface Manners {
  /** Where a scrape begins: it goes to addresses below this one alone. */
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
/** As much of a robots.txt is read as must be (RFC 9309, 2.5). */
const ROBOTS_BYTES = 512 * 1024;
/** A site that wants longer pauses does not want to be read whole. */
const LONGEST_CRAWL_DELAY_SECONDS = 60;

/**
 * Asks one host for pages as a guest does: by its robots.txt, at a steady pace, patient with its failures, and for a page that it
 * has seen only when that has changed. It goes to no other host, and into no private network unless that is the configured host.
 */
export class PageFetcher {
  readonly premises: Premises;
  private readonly agent: Agent;
  private readonly pace: Pace;
  private robots: Promise<Robots> | undefined;
  private requests = 0;

  /** @param resolve finds the addresses of a name */
  constructor(
    private readonly manners: Manners,
    resolve?: Resolve,
  ) {
    this.premises = new Premises(manners.baseUrl);
    this.pace = new Pace(manners.requestsPerSecond);
    const isPrivate = namesPrivate(new URL(manners.baseUrl).hostname);
    this.agent = new Agent({ connect: isPrivate ? {} : { lookup: publicLookup(resolve) } });
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
      return this.ask({ url: at, known, most: { bytes: this.manners.mostBytes } }, signal);
    });
  }

  /** Without one all is allowed; while the server fails, nothing (RFC 9309, 2.3.1). */
  private async askRobots(signal: AbortSignal): Promise<Robots> {
    const url = this.premises.robots;
    const most = { bytes: ROBOTS_BYTES, cut: true };
    const answer = await this.patiently(url, signal, (at) => this.ask({ url: at, most }, signal)).catch((error: unknown) => {
      if (error instanceof PageUnavailableError && isAbsent(error.answered)) return undefined;
      throw error;
    });
    const robots = new Robots(url, answer?.body?.toString('utf8') ?? '', this.manners.userAgent);
    const { crawlDelaySeconds: pause } = robots;
    if (pause > LONGEST_CRAWL_DELAY_SECONDS) {
      const reason = `its robots.txt asks for ${pause} s between two requests; a scrape waits for ${LONGEST_CRAWL_DELAY_SECONDS} at most`;
      throw new AddressNotAllowedError(this.premises.home, reason);
    }
    this.pace.slowDown(1 / pause);
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
      const { location } = answer;
      if (!location) return answer;
      at = URL.canParse(location, at) ? new URL(location, at).href : location;
    }
    return { again: false, reason: `it redirects more than ${MOST_REDIRECTS} times` };
  }

  private async ask(wanted: Request, signal: AbortSignal): Promise<Answer> {
    const objection = this.premises.objectionTo(wanted.url);
    if (objection) throw new AddressNotAllowedError(wanted.url, objection);
    await this.pace.turn(signal);
    if (++this.requests > this.manners.mostRequests) throw new PageBudgetError(this.manners.mostRequests);
    try {
      const received = await exchange(this.agent, {
        ...{ url: wanted.url, headers: this.headersOf(wanted), signal },
        ...{ mostBytes: wanted.most.bytes, timeoutMs: this.manners.timeoutMs },
      });
      return await readAnswer(wanted, received);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AddressNotAllowedError) throw error;
      return { again: true, reason: reasonOf(error) };
    }
  }

  private headersOf({ known: { etag, lastModified } = {} }: Request): Record<string, string> {
    return {
      'user-agent': this.manners.userAgent,
      accept: 'text/html,*/*;q=0.5',
      'accept-encoding': 'gzip',
      ...(etag ? { 'if-none-match': etag } : {}),
      ...(lastModified ? { 'if-modified-since': lastModified } : {}),
    };
  }
}

const isAbsent = (status = 500): boolean => status >= 400 && status < 500 && status !== 429;

/** Where no address of a host answers, only the code says so. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name) : String(error);
