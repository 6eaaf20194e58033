import { LabError } from '../../errors/lab-error.js';

/** There are books, and nobody has compared their texts. */
export class BooksNotDescribedError extends LabError {
  readonly code = 'BOOKS_NOT_DESCRIBED';
  readonly status = 503;
  override readonly retryable = true;

  constructor() {
    super(
      'The texts of the books have not been compared yet. The task books.describe of the pipeline books does it: ' +
        'ask again when its run is done, or start one with POST /api/v1/scraping/trigger.',
    );
  }
}
