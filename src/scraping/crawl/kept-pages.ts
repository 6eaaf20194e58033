import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { textOf } from '../fetching/fetched-page.js';
import type { PageFetcher } from '../fetching/page-fetcher.js';
import { ScrapedPageEntity } from './scraped-page.entity.js';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export interface Visit {
  readonly site: string;
  readonly runId: string;
  readonly fetcher: PageFetcher;
  readonly signal: AbortSignal;
}

/** How a page was come by: asked for, asked for and found unchanged, or known from before an interruption. */
export type Arrival = 'fetched' | 'unchanged' | 'resumed';

/** Pages as they were received. A page that the run has asked for already is not asked for again, also after a crash. */
@Injectable()
export class KeptPages {
  constructor(@InjectRepository(ScrapedPageEntity) private readonly pages: Repository<ScrapedPageEntity>) {}

  /** @throws what {@link PageFetcher.get} throws */
  async visit(url: string, { site, runId, fetcher, signal }: Visit): Promise<{ html: string; arrival: Arrival }> {
    const known = await this.pages.findOneBy({ url });
    if (known?.seenIn === runId) return { html: await htmlOf(known), arrival: 'resumed' };
    const { etag, lastModified } = known ?? {};
    const page = await fetcher.get(url, signal, { etag: etag ?? undefined, lastModified: lastModified ?? undefined });
    if (page.body === null && known) {
      await this.pages.update({ url }, { seenIn: runId });
      return { html: await htmlOf(known), arrival: 'unchanged' };
    }
    const { body = Buffer.alloc(0), contentType, validators } = page as { body: Buffer } & typeof page;
    await this.pages.upsert(
      {
        ...{ url, site, contentType, etag: validators.etag ?? null, lastModified: validators.lastModified ?? null },
        ...{ body: await compress(body), fetchedAt: new Date(), changedIn: runId, seenIn: runId },
      },
      ['url'],
    );
    return { html: textOf({ body, contentType }), arrival: 'fetched' };
  }

  /** What the run received, one page at a time. */
  async *changedIn(runId: string): AsyncGenerator<{ url: string; html: string; fetchedAt: Date }> {
    const urls = await this.pages.find({ select: { url: true }, where: { changedIn: runId }, order: { url: 'asc' } });
    for (const { url } of urls) {
      const page = await this.pages.findOneByOrFail({ url });
      yield { url, html: await htmlOf(page), fetchedAt: page.fetchedAt };
    }
  }
}

const htmlOf = async ({ body, contentType }: ScrapedPageEntity): Promise<string> =>
  textOf({ body: await decompress(body), contentType });
