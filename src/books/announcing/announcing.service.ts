import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { WebhookRefusedError } from '../../alerts/alerts.errors.js';
import { WebhookService } from '../../alerts/webhook.service.js';
import { type BooksUpdated, EventBus } from '../../events/event-bus.js';
import { Task } from '../../pipelines/task.decorator.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { NothingToAnnounceError } from '../books.errors.js';
import { CatalogueService } from '../catalogue.service.js';
import { type BookUpdate, BookUpdates } from './book-updates.js';

const AnnounceOptions = z.strictObject({});

/** Events come back within milliseconds; without a word for so long the bus is away, and its listeners look for themselves. */
const OWN_WORD_MS = 10_000;

export interface AnnounceReport extends Omit<BookUpdate, 'scrapedAt'> {
  /** Whether somebody outside was told: `none` when nobody is to be. */
  readonly webhook: 'sent' | 'refused' | 'none';
}

/** The end of a scrape: whoever waits for the new catalogue hears of it when everything answers from it. */
@Injectable()
export class AnnouncingService {
  constructor(
    private readonly updates: BookUpdates,
    private readonly catalogue: CatalogueService,
    private readonly webhook: WebhookService,
    @Inject(EventBus) private readonly bus: EventBus,
  ) {}

  /**
   * Publishes `books.updated` and posts it. A listener outside that cannot be reached is a warning: the catalogue is new all the same.
   * @throws {NothingToAnnounceError} before the first scrape
   */
  @Task('books.announce', AnnounceOptions)
  async announce(_options: z.output<typeof AnnounceOptions>, run: TaskRun): Promise<AnnounceReport> {
    const { newest } = await this.updates.read();
    if (!newest) throw new NothingToAnnounceError();
    const { scrapedAt, ...update } = newest;
    await this.publish({ type: 'books.updated', ...update }, run.signal);
    await this.catalogue.catchUp();
    const { books, added, removed, changed } = update;
    run.log.info(`${books} books: ${added} added, ${removed} removed, ${changed} changed`);
    return { ...update, webhook: await this.post(update, scrapedAt, run) };
  }

  /** Waits for the event to come back: what was announced before it has then been heard in this process as well. */
  private async publish(event: BooksUpdated, signal: AbortSignal): Promise<void> {
    const heard = Promise.withResolvers<void>();
    const unsubscribe = this.bus.subscribe('books.updated', ({ run }) => {
      if (run === event.run) heard.resolve();
    });
    const late = new AbortController();
    try {
      await this.bus.publish(event);
      await Promise.race([heard.promise, wait(OWN_WORD_MS, undefined, { signal: AbortSignal.any([signal, late.signal]) })]);
    } finally {
      late.abort();
      unsubscribe();
    }
  }

  private async post(data: Omit<BookUpdate, 'scrapedAt'>, scrapedAt: Date, run: TaskRun): Promise<AnnounceReport['webhook']> {
    if (!this.webhook.isConfigured) return 'none';
    const message = { id: `books.updated.${data.run}`, type: 'books.updated', timestamp: scrapedAt, data: { ...data } };
    try {
      await this.webhook.send(message, run.signal);
      return 'sent';
    } catch (error) {
      if (!(error instanceof WebhookRefusedError)) throw error;
      run.log.warn(error.message);
      return 'refused';
    }
  }
}
