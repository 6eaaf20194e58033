import type { Book } from '../book.schema.js';

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((sign) => Buffer.from(sign));

/**
 * Books as JSON, encoded once when they are loaded: any list of them is put together from these bytes. Encoding the
 * descriptions anew costs more than all the rest of an answer.
 */
export class EncodedBooks {
  /** The array of all. */
  readonly all: Buffer;
  private readonly parts = new Map<number, Buffer>();

  /** @param encoded each book by {@link encode}, by its id */
  constructor(encoded: ReadonlyMap<number, Buffer>) {
    this.all = listOf([...encoded.values()]);
    let start = OPEN.length;
    // Windows on the whole array: the bytes are kept once.
    for (const [id, { length }] of encoded) {
      this.parts.set(id, this.all.subarray(start, start + length));
      start += length + COMMA.length;
    }
  }

  static encode(book: Book): Buffer {
    return Buffer.from(JSON.stringify(book));
  }

  one({ id }: Book): Buffer {
    return this.parts.get(id) ?? Buffer.alloc(0);
  }

  list(books: readonly Book[]): Buffer {
    return listOf(books.map((book) => this.one(book)));
  }
}

function listOf(parts: readonly Buffer[]): Buffer {
  return Buffer.concat([OPEN, ...parts.flatMap((part, place) => (place === 0 ? [part] : [COMMA, part])), CLOSE]);
}
