import { LabError } from '../../errors/lab-error.js';

export class NoBooksYetError extends LabError {
  readonly code = 'NO_BOOKS_YET';
  readonly status = 422;

  constructor(table: string) {
    super(`There is no ${table} to describe. Run the pipeline books first: POST /api/v1/scraping/trigger.`);
  }
}
