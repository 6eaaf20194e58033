/** A book as a list page shows it. */
export interface ListedBook {
  /** Of its own page. */
  readonly url: string;
  readonly title: string;
  /** Pounds. */
  readonly price: number;
  /** 1 to 5. */
  readonly rating: number;
  readonly availability: string;
  /** The picture in the list; its own page has another one. */
  readonly image: string;
}

/** What only the page of a book tells. */
export interface BookDetails {
  readonly category: string;
  /** Null where the page has none. */
  readonly description: string | null;
  readonly upc: string;
  /** Pounds. */
  readonly tax: number;
  readonly stock: number;
  readonly reviews: number;
}

export type ScrapedBook = ListedBook & BookDetails;

export interface ListPage {
  readonly books: readonly ListedBook[];
  /** The page behind it; null on the last one. */
  readonly next: string | null;
  /** How many books there are on all pages, where the page says it. */
  readonly results: number | null;
}
