import { ENGLISH_STOP_WORDS } from '../../estimators/text/english-stop-words.estimator.js';
import { TermCounts, type TfIdf } from '../../estimators/text/tf-idf.estimator.js';

/** What a book says of itself. */
export interface BookText {
  readonly id: number;
  readonly title: string;
  /** Empty where there is none. */
  readonly description: string;
}

export interface WeightedTerm {
  readonly term: string;
  /** Of TF-IDF: those of a book have a length of 1, all of them together. */
  readonly weight: number;
}

const documentOf = ({ title, description }: BookText): string => `${title}\n${description}`;
const TO_DIGITS = 1e6;

/** Learns from the books which words tell them apart. A word that only one book has makes it like no other: it is left out. */
export class BookTermCounts {
  private readonly counts = new TermCounts();

  add(book: BookText): void {
    this.counts.add(documentOf(book));
  }

  fit(): BookTerms {
    return new BookTerms(this.counts.fit({ minDocuments: 2, stopWords: ENGLISH_STOP_WORDS }));
  }
}

export class BookTerms {
  constructor(private readonly model: TfIdf) {}

  /** The heaviest terms of a book, heaviest first; of equals the first by name. */
  heaviest(book: BookText, most: number): WeightedTerm[] {
    const { indices, values } = this.model.transform(documentOf(book));
    const places = [...indices.keys()].sort((a, b) => values[b] - values[a] || a - b).slice(0, most);
    return places.map((place) => ({
      term: this.model.terms[indices[place]],
      weight: Math.round(values[place] * TO_DIGITS) / TO_DIGITS,
    }));
  }
}
