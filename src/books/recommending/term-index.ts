import type { WeightedTerm } from '../describing/book-terms.js';

/** Lists of weighted numbers, one behind the other: by book its terms, or by term its books. */
interface Lists {
  /** Where each begins, and behind the last one where that ends. */
  readonly starts: Uint32Array;
  readonly members: Uint32Array;
  /** At the same places. */
  readonly weights: Float64Array;
}

interface Vector {
  readonly members: Uint32Array;
  readonly weights: Float64Array;
}

/** Takes the terms of one book after the other. */
export class TermIndexBuilder {
  private readonly rows = new Map<number, number>();
  private readonly places = new Map<string, number>();
  private readonly vectors: Vector[] = [];

  /** @param id not given before */
  add(id: number, terms: readonly WeightedTerm[]): void {
    this.rows.set(id, this.vectors.length);
    this.vectors.push({
      members: Uint32Array.from(terms, ({ term }) => this.placeOf(term)),
      weights: ofLengthOne(Float64Array.from(terms, ({ weight }) => weight)),
    });
  }

  build(): TermIndex {
    const nothing = { members: new Uint32Array(), weights: new Float64Array() };
    return new TermIndex(this.rows, [...this.places.keys()], concatenated([...this.vectors, nothing]));
  }

  private placeOf(term: string): number {
    const known = this.places.get(term);
    if (known !== undefined) return known;
    this.places.set(term, this.places.size);
    return this.places.size - 1;
  }
}

/** The terms of many books as vectors of length 1, by book and by term: what shares no term with a book is never looked at. */
export class TermIndex {
  private readonly byTerm: Lists;
  /** The weights of one book by term; all 0 between two calls. */
  private readonly spread: Float64Array;

  /** @param byBook by row; the last one is empty */
  constructor(
    private readonly rows: ReadonlyMap<number, number>,
    private readonly terms: readonly string[],
    private readonly byBook: Lists,
  ) {
    this.byTerm = turned(byBook, terms.length);
    this.spread = new Float64Array(terms.length);
  }

  /** @returns where a book stands here; books that are not described share an empty row, which is like none */
  rowOf(id: number): number {
    return this.rows.get(id) ?? this.rows.size;
  }

  /** @returns the cosine of one book with each, by row */
  cosinesWith(row: number): Float64Array {
    const cosines = new Float64Array(this.rows.size + 1);
    const { starts, members, weights } = this.byBook;
    for (let at = starts[row]; at < starts[row + 1]; at++) this.addBooksOf(members[at], weights[at], cosines);
    return cosines;
  }

  /** @param rows of some books: less work than with all of them */
  cosinesOf(row: number, rows: Uint32Array): Float64Array {
    const { starts, members, weights } = this.byBook;
    return this.withSpread(row, (spread) => {
      const cosines = new Float64Array(rows.length);
      for (let i = 0; i < rows.length; i++) {
        const end = starts[rows[i] + 1];
        for (let at = starts[rows[i]]; at < end; at++) cosines[i] += weights[at] * spread[members[at]];
      }
      return cosines;
    });
  }

  /** @returns the terms that count most in the cosine of two books */
  sharedTerms(a: number, b: number, most: number): string[] {
    const { starts, members, weights } = this.byBook;
    const shared: { term: string; product: number }[] = [];
    this.withSpread(a, (spread) => {
      for (let at = starts[b]; at < starts[b + 1]; at++) {
        const product = weights[at] * spread[members[at]];
        if (product > 0) shared.push({ term: this.terms[members[at]], product });
      }
    });
    shared.sort((x, y) => y.product - x.product || (x.term < y.term ? -1 : 1));
    return shared.slice(0, most).map(({ term }) => term);
  }

  /** Hands out the weights of one book by term. */
  private withSpread<Result>(row: number, use: (spread: Float64Array) => Result): Result {
    const { starts, members, weights } = this.byBook;
    for (let at = starts[row]; at < starts[row + 1]; at++) this.spread[members[at]] = weights[at];
    const result = use(this.spread);
    for (let at = starts[row]; at < starts[row + 1]; at++) this.spread[members[at]] = 0;
    return result;
  }

  private addBooksOf(term: number, weight: number, sums: Float64Array): void {
    const { starts, members, weights } = this.byTerm;
    const end = starts[term + 1];
    for (let at = starts[term]; at < end; at++) sums[members[at]] += weight * weights[at];
  }
}

function ofLengthOne(weights: Float64Array): Float64Array {
  const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
  return length === 0 ? weights : weights.map((weight) => weight / length);
}

function concatenated(vectors: readonly Vector[]): Lists {
  const lists = listsOf(Uint32Array.from(vectors, ({ members }) => members.length));
  vectors.forEach(({ members, weights }, list) => {
    lists.members.set(members, lists.starts[list]);
    lists.weights.set(weights, lists.starts[list]);
  });
  return lists;
}

/** The same entries by member. */
function turned({ starts, members, weights }: Lists, count: number): Lists {
  const lengths = new Uint32Array(count);
  for (const member of members) lengths[member]++;
  const lists = listsOf(lengths);
  const next = lists.starts.slice();
  for (let owner = 0; owner + 1 < starts.length; owner++) {
    for (let at = starts[owner]; at < starts[owner + 1]; at++) {
      const place = next[members[at]]++;
      lists.members[place] = owner;
      lists.weights[place] = weights[at];
    }
  }
  return lists;
}

function listsOf(lengths: Uint32Array): Lists {
  const starts = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, list) => (starts[list + 1] = starts[list] + length));
  const entries = starts[lengths.length];
  return { starts, members: new Uint32Array(entries), weights: new Float64Array(entries) };
}
