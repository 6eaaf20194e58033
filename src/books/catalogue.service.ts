import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { EventBus } from '../events/event-bus.js';
import type { CatalogueAnswers } from './answers/catalogue-answers.js';
import { CATALOGUE_TABLES, CatalogueReader, type LoadedCatalogue } from './catalogue-reader.js';

/** A writer that died between its commit and the word of it leaves the catalogue behind for so long at most. */
const LOOK_EVERY_MS = 60_000;
const RETRY_AFTER_MS = 5_000;

/**
 * The catalogue in memory. It is read at the first wish, once however many wait, and again when a table changes; until the new
 * one is whole the last one answers, and it stays when the new one cannot be read.
 */
@Injectable()
export class CatalogueService implements OnModuleDestroy {
  private readonly logger = new Logger(CatalogueService.name);
  private readonly stop = new AbortController();
  private readonly unsubscribe: () => void;
  private loaded: LoadedCatalogue | undefined;
  private loading: Promise<LoadedCatalogue> | undefined;
  /** A table changed after the load under way had begun. */
  private overtaken = false;
  private lookAt = Infinity;

  constructor(
    private readonly reader: CatalogueReader,
    @Inject(EventBus) bus: EventBus,
  ) {
    this.unsubscribe = bus.subscribe('dataset.changed', ({ dataset }) => {
      if (CATALOGUE_TABLES.has(dataset)) this.followChange();
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.unsubscribe();
    this.stop.abort();
    await this.loading?.catch(() => undefined);
  }

  /** @throws {CatalogueUnreadableError} when there is none that was read before */
  async current(): Promise<CatalogueAnswers> {
    if (this.loaded && performance.now() >= this.lookAt) this.refresh();
    return (this.loaded ?? (await this.load())).answers;
  }

  /** Resolves when the catalogue shows its table as it stands now, or later. */
  async catchUp(): Promise<void> {
    if (this.loading) this.overtaken = true;
    await this.load();
  }

  private followChange(): void {
    if (this.loading) this.overtaken = true;
    else if (this.loaded) this.refresh();
  }

  private refresh(): void {
    this.load().catch((error: unknown) => {
      if (!this.stop.signal.aborted) this.logger.warn(`The catalogue stays as it was: ${String(error)}`);
    });
  }

  private load(): Promise<LoadedCatalogue> {
    this.loading ??= this.readNewest();
    return this.loading;
  }

  private async readNewest(): Promise<LoadedCatalogue> {
    let pause = RETRY_AFTER_MS;
    try {
      do {
        this.overtaken = false;
        this.loaded = await this.reader.read(this.loaded, this.stop.signal);
      } while (this.overtaken);
      pause = LOOK_EVERY_MS;
      return this.loaded;
    } finally {
      // In the same turn as the last look at `overtaken`, so that no change falls between the two.
      this.loading = undefined;
      this.lookAt = performance.now() + pause;
    }
  }
}
