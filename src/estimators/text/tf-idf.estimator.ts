/** A vector of which only the entries that are not zero are kept. */
export interface SparseVector {
  /** Ascending. */
  readonly indices: Int32Array;
  /** At the same places. */
  readonly values: Float64Array;
}

export interface TfIdfOptions {
  /** Documents that have to have a term: 1 when not given. */
  readonly minDocuments?: number;
  /** Only those terms that are there most often in all documents together; of equals the first by name. All when not given. */
  readonly mostTerms?: number;
  /** Terms that are left out, in lower case. */
  readonly stopWords?: ReadonlySet<string>;
}

// What Python's \w is: letters and numbers of all scripts, and the underscore; neither combining marks nor hyphens.
const TERM = /[\p{L}\p{N}_]{2,}/gu;

/** @returns the words of a text in lower case, those of one letter left out, in their order */
export const termsOf = (text: string): string[] => text.toLowerCase().match(TERM) ?? [];

/**
 * Learns which terms the documents have, and how rare each is.
 *
 * The same as scikit-learn's `TfidfVectorizer` with `min_df`, `max_features` and `stop_words`, and else its defaults: raw counts,
 * times ln((1 + documents) / (1 + documents with the term)) + 1, each document scaled to a length of 1
 * (scikit-learn user guide, 7.2.3.4 "Tf–idf term weighting"). Documents without any term are no error, but leave no terms.
 */
export function fitTfIdf(documents: readonly string[], options?: TfIdfOptions): TfIdf {
  const counts = new TermCounts();
  for (const document of documents) counts.add(document);
  return counts.fit(options);
}

interface Frequency {
  /** In how many documents the term is. */
  inDocuments: number;
  /** How often it is in all of them. */
  inAll: number;
}

/** What {@link fitTfIdf} learns from, one document after the other: for those who do something else in between. */
export class TermCounts {
  private readonly frequencies = new Map<string, Frequency>();
  private documents = 0;

  add(document: string): void {
    this.documents++;
    for (const [term, count] of countsOf(termsOf(document))) {
      const known = this.frequencies.get(term);
      if (known) {
        known.inDocuments++;
        known.inAll += count;
      } else this.frequencies.set(term, { inDocuments: 1, inAll: count });
    }
  }

  fit({ minDocuments = 1, mostTerms = Infinity, stopWords }: TfIdfOptions = {}): TfIdf {
    const isKept = (term: string, { inDocuments }: Frequency): boolean => inDocuments >= minDocuments && !stopWords?.has(term);
    const found = [...this.frequencies].filter(([term, frequency]) => isKept(term, frequency));
    if (found.length > mostTerms) {
      found.sort(([a, x], [b, y]) => y.inAll - x.inAll || (a < b ? -1 : 1));
      found.length = mostTerms;
    }
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    return new TfIdf(
      found.map(([term]) => term),
      Float64Array.from(found, ([, { inDocuments }]) => Math.log((1 + this.documents) / (1 + inDocuments)) + 1),
    );
  }
}

function countsOf<Key>(keys: readonly Key[]): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Turns a text into the weights of the terms that were learnt. Immutable. */
export class TfIdf {
  private readonly positions: ReadonlyMap<string, number>;

  /**
   * @param terms in lower case, ascending
   * @param idf how rare each is, at the same places
   */
  constructor(
    readonly terms: readonly string[],
    readonly idf: Float64Array,
  ) {
    this.positions = new Map(terms.map((term, position) => [term, position]));
  }

  /** @returns a vector of length 1 over `terms`; without entries for a text that has none of them */
  transform(document: string): SparseVector {
    const counts = countsOf(termsOf(document).flatMap((term) => this.positions.get(term) ?? []));
    const indices = Int32Array.from(counts.keys()).sort();
    const values = Float64Array.from(indices, (index) => (counts.get(index) as number) * this.idf[index]);
    const length = lengthOf(values);
    return { indices, values: values.map((value) => value / length) };
  }
}

/** @returns how alike two vectors over the same terms are: 1 for the same direction, 0 when they share nothing or one is empty */
export function cosine(a: SparseVector, b: SparseVector): number {
  const product = productOf(a, b);
  return product === 0 ? 0 : product / (lengthOf(a.values) * lengthOf(b.values));
}

function productOf(a: SparseVector, b: SparseVector): number {
  let sum = 0;
  for (let i = 0, j = 0; i < a.indices.length && j < b.indices.length;) {
    const difference = a.indices[i] - b.indices[j];
    if (difference === 0) sum += a.values[i] * b.values[j];
    if (difference <= 0) i++;
    if (difference >= 0) j++;
  }
  return sum;
}

const lengthOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
