import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type FetchedPage, textOf } from '../fetching/fetched-page.js';
import type { PageFetcher } from '../fetching/page-fetcher.js';
import { PageUnavailableError } from '../scraping.errors.js';
import { ScrapedPageEntity } from './scraped-page.entity.js';
import { WriteBehind } from './write-behind.js';

export interface Visit {
  readonly site: string;
  readonly runId: string;
  readonly fetcher: Pick<PageFetcher, 'get'>;
  readonly signal: AbortSignal;
  /** Whether the pages that a run received have come to bronze. Those of a run that failed have not. */
  readonly isLanded: (runId: string) => boolean;
  /** Takes those that have yet to come there. */
  readonly landing: { add(page: LandingPage): Promise<void> };
}

/** A page that this run brings to bronze. */
export interface LandingPage {
  readonly url: string;
  readonly html: string;
  /** ISO 8601; written as JSON, a page with a Date in it takes twice the time. */
  readonly fetched_at: string;
}

/** How a page was come by: asked for, asked for and found unchanged, or known from before an interruption. */
export type Arrival = 'fetched' | 'unchanged' | 'resumed';

export interface ArrivedPage {
  readonly url: string;
  /** Its links are relative to it. */
  readonly address: string;
  readonly html: string;
  readonly arrival: Arrival;
}

type KnownPage = Omit<ScrapedPageEntity, 'body' | 'site'>;
type StoredPage = Pick<ScrapedPageEntity, 'url' | 'body' | 'contentType' | 'fetchedAt'>;
type ReceivedPage = FetchedPage & { readonly body: Buffer };

/** Pages in one statement. */
const BATCH = 100;
/** Of their bodies, so that large ones are not gathered in memory. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** The bodies come as one: an array of them would be sent as text, twice as long. */
const KEEP = `
  insert into lab.scraped_pages (url, address, content_type, etag, last_modified, body, site, changed_in, seen_in, fetched_at)
  select url, address, content_type, etag, last_modified, substring($8::bytea from first for bytes), $9, $10, $10, now()
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[])
    as page (url, address, content_type, etag, last_modified, first, bytes)
  on conflict (url) do update set
    address = excluded.address, content_type = excluded.content_type, etag = excluded.etag,
    last_modified = excluded.last_modified, body = excluded.body, site = excluded.site,
    changed_in = excluded.changed_in, seen_in = excluded.seen_in, fetched_at = excluded.fetched_at`;

/** Pages that are read at once. */
const READ = 50;

const CHANGED = `
  select url, body, content_type as "contentType", fetched_at as "fetchedAt"
  from lab.scraped_pages where changed_in = $1 and url > $2 and url <> all($3) order by url limit $4`;

/** Pages as they were received. A page that a run has kept already is not asked for again, also after a crash. */
@Injectable()
export class KeptPages {
  constructor(@InjectRepository(ScrapedPageEntity) private readonly pages: Repository<ScrapedPageEntity>) {}

  /** What is known of the site, to visit its pages with. */
  async open(visit: Visit): Promise<PageVisits> {
    const known = await this.pages.find({
      select: {
        ...{ url: true, address: true, contentType: true, etag: true, lastModified: true },
        ...{ fetchedAt: true, changedIn: true, seenIn: true },
      },
      where: { site: visit.site },
    });
    return new PageVisits(this.pages, visit, new Map(known.map((page) => [page.url, page])));
  }

  /** What the run received. @param except the addresses that are not asked about */
  async *changedIn(runId: string, except: ReadonlySet<string>): AsyncGenerator<LandingPage> {
    for (let last = ''; ;) {
      const pages = await this.pages.query<StoredPage[]>(CHANGED, [runId, last, [...except], READ]);
      for (const page of pages) yield { url: page.url, html: textOf(page), fetched_at: page.fetchedAt.toISOString() };
      if (pages.length < READ) return;
      last = pages[pages.length - 1].url;
    }
  }
}

/** The visits of one run. Pages are written while others are fetched: after a crash the last few may be asked for once more. */
export class PageVisits {
  private readonly received = new WriteBehind<ReceivedPage>(BATCH_BYTES, (pages) => this.keep(pages));
  private readonly unchanged = new WriteBehind<KnownPage>(BATCH, (pages) => this.confirm(pages));

  constructor(
    private readonly pages: Repository<ScrapedPageEntity>,
    private readonly plan: Visit,
    private readonly known: ReadonlyMap<string, KnownPage>,
  ) {}

  /** @throws what {@link PageFetcher.get} throws, and what went wrong when pages before this one were written */
  async visit(url: string): Promise<ArrivedPage> {
    const known = this.known.get(url);
    if (known?.seenIn === this.plan.runId) return this.keptPage(known, 'resumed');
    const page = await this.plan.fetcher.get(url, this.plan.signal, {
      etag: known?.etag ?? undefined,
      lastModified: known?.lastModified ?? undefined,
    });
    if (isReceived(page)) {
      const html = textOf(page);
      await this.plan.landing.add({ url, html, fetched_at: new Date().toISOString() });
      await this.received.add(page, Math.max(page.body.length, BATCH_BYTES / BATCH));
      return { url, address: page.address, html, arrival: 'fetched' };
    }
    if (!known) throw new PageUnavailableError(url, 'the server says that it has not changed, but it was never received');
    await this.unchanged.add(known);
    return this.keptPage(known, 'unchanged');
  }

  /** Resolves when all is written. */
  async settle(): Promise<void> {
    await Promise.all([this.received.settle(), this.unchanged.settle()]);
  }

  private async keep(pages: readonly ReceivedPage[]): Promise<void> {
    const { site, runId } = this.plan;
    let first = 1;
    await this.pages.query(KEEP, [
      pages.map(({ url }) => url),
      pages.map(({ url, address }) => (address === url ? null : address)),
      pages.map(({ contentType }) => contentType),
      pages.map(({ validators }) => validators.etag ?? null),
      pages.map(({ validators }) => validators.lastModified ?? null),
      pages.map(({ body }) => (first += body.length) - body.length),
      pages.map(({ body }) => body.length),
      Buffer.concat(pages.map(({ body }) => body)),
      ...[site, runId],
    ]);
  }

  private async confirm(pages: readonly KnownPage[]): Promise<void> {
    const { runId, isLanded } = this.plan;
    await this.pages.query(
      `update lab.scraped_pages set seen_in = $1, changed_in = case when url = any($3) then $1 else changed_in end
       where url = any($2)`,
      [runId, pages.map(({ url }) => url), pages.flatMap(({ url, changedIn }) => (isLanded(changedIn) ? [] : [url]))],
    );
  }

  private async keptPage(known: KnownPage, arrival: Arrival): Promise<ArrivedPage> {
    const { url, address, contentType, changedIn, fetchedAt } = known;
    const { body } = await this.pages.findOneOrFail({ select: { url: true, body: true }, where: { url } });
    const html = textOf({ body, contentType });
    if (!this.plan.isLanded(changedIn)) await this.plan.landing.add({ url, html, fetched_at: fetchedAt.toISOString() });
    return { url, address: address ?? url, html, arrival };
  }
}

const isReceived = (page: FetchedPage): page is ReceivedPage => page.body !== null;
