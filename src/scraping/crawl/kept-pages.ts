import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type FetchedPage, textOf } from '../fetching/fetched-page.js';
import type { PageFetcher } from '../fetching/page-fetcher.js';
import { PageUnavailableError } from '../scraping.errors.js';
import { ScrapedPageEntity } from './scraped-page.entity.js';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface Visit {
  readonly site: string;
  readonly runId: string;
  readonly fetcher: Pick<PageFetcher, 'get'>;
  readonly signal: AbortSignal;
  /** Whether the pages that a run received have come to bronze. Those of a run that failed have not. */
  readonly isLanded: (runId: string) => boolean;
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

/** Pages as they were received. A page that the run has asked for already is not asked for again, also after a crash. */
@Injectable()
export class KeptPages {
  constructor(@InjectRepository(ScrapedPageEntity) private readonly pages: Repository<ScrapedPageEntity>) {}

  /** @throws what {@link PageFetcher.get} throws */
  async visit(url: string, { site, runId, fetcher, signal, isLanded }: Visit): Promise<ArrivedPage> {
    const known = await this.pages.findOneBy({ url });
    if (known?.seenIn === runId) return this.keptPage(known, 'resumed');
    const page = await fetcher.get(url, signal, {
      etag: known?.etag ?? undefined,
      lastModified: known?.lastModified ?? undefined,
    });
    if (page.body !== null) return this.keep({ ...page, body: page.body }, site, runId);
    if (!known) throw new PageUnavailableError(url, 'the server says that it has not changed, but it was never received');
    await this.pages.update({ url }, { seenIn: runId, ...(isLanded(known.changedIn) ? {} : { changedIn: runId }) });
    return this.keptPage(known, 'unchanged');
  }

  /** What the run received, one page at a time. */
  async *changedIn(runId: string): AsyncGenerator<{ url: string; html: string; fetchedAt: Date }> {
    const urls = await this.pages.find({ select: { url: true }, where: { changedIn: runId }, order: { url: 'asc' } });
    for (const { url } of urls) {
      const page = await this.pages.findOneByOrFail({ url });
      yield { url, html: await htmlOf(page), fetchedAt: page.fetchedAt };
    }
  }

  private async keep(page: FetchedPage & { body: Buffer }, site: string, runId: string): Promise<ArrivedPage> {
    const { url, address, body, contentType, validators } = page;
    await this.pages.upsert(
      {
        ...{ url, address: address === url ? null : address, site, contentType },
        ...{ etag: validators.etag ?? null, lastModified: validators.lastModified ?? null },
        ...{ body: await compress(body), fetchedAt: new Date(), changedIn: runId, seenIn: runId },
      },
      ['url'],
    );
    return { url, address, html: textOf(page), arrival: 'fetched' };
  }

  private async keptPage(page: ScrapedPageEntity, arrival: Arrival): Promise<ArrivedPage> {
    return { url: page.url, address: page.address ?? page.url, html: await htmlOf(page), arrival };
  }
}

const htmlOf = async ({ body, contentType }: ScrapedPageEntity): Promise<string> =>
  textOf({ body: await decompress(body), contentType });
