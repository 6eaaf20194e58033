import { LabError } from '../../errors/lab-error.js';

/** No version of the model is in production. */
export class NoBookModelError extends LabError {
  readonly code = 'NO_BOOK_MODEL';
  readonly status = 503;

  /** @param task that trains it */
  constructor(model: string, task: string) {
    super(
      `There is no model ${model} in production yet. POST /api/v1/scraping/trigger scrapes the shop and trains it; after a scrape, GET /api/v1/scraping/logs tells under ${task} why there is none.`,
    );
  }
}

/** Somebody has put a model in production that learnt from something else. */
export class ForeignBookModelError extends LabError {
  readonly code = 'FOREIGN_BOOK_MODEL';
  readonly status = 503;

  constructor(model: string, reason: string) {
    super(
      `The model ${model} in production is not one that answers for books: ${reason} Point its alias production at another version: PUT /models/${model}/aliases/production.`,
    );
  }
}

export class FeaturesUnreadableError extends LabError {
  readonly code = 'BOOK_FEATURES_UNREADABLE';
  readonly status = 503;

  constructor(table: string, reason: string) {
    super(`${table} cannot be read as features of books: ${reason} The pipeline books makes it anew.`);
  }
}
