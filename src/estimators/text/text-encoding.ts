import type { Feature, FeatureColumn, PlainColumn, PlainFeature, RawValue, TextColumn, TextOptions } from '../estimator.types.js';
import { UnfitInputError } from '../estimators.errors.js';
import { ENGLISH_STOP_WORDS } from './english-stop-words.estimator.js';
import { fitTfIdf, type TfIdf } from './tf-idf.estimator.js';

const USUAL: TextOptions = { maxTerms: 200, minDocuments: 2, stopWords: 'none' };

/** No column of a table has a NUL in its name, and no term: so no two features get the same name. */
const SEPARATOR = '\0';

/** A feature of the caller, with the vocabulary where it is a text. */
export type EncodedFeature = PlainFeature & { readonly tfIdf?: undefined };
export type EncodedText = Feature & { readonly type: 'text'; readonly tfIdf: TfIdf };
type Part = EncodedFeature | EncodedText;

/** Puts a column of numbers for each term in the place of each text. */
export class TextEncoding {
  /** What the estimator learns from. */
  readonly plainFeatures: readonly PlainFeature[];

  /** @param parts in the order of the caller */
  constructor(readonly parts: readonly Part[]) {
    this.plainFeatures = parts.flatMap(plainFeaturesOf);
  }

  /** Learns the terms of each text from the training rows. */
  static learn(columns: readonly FeatureColumn[], options: TextOptions = USUAL): TextEncoding {
    return new TextEncoding(
      columns.map((column): Part => {
        const { name, type } = column;
        return type === 'text' ? { name, type, tfIdf: vocabularyOf(column, options) } : { name, type };
      }),
    );
  }

  get features(): Feature[] {
    return this.parts.map(({ name, type }) => ({ name, type }));
  }

  /** @param columns in the order of the features, and of their types */
  encodeColumns(columns: readonly FeatureColumn[]): PlainColumn[] {
    return columns.flatMap((column, place) => {
      if (column.type !== 'text') return [column];
      return columnsOfTerms(column, this.parts[place] as EncodedText);
    });
  }

  /** @param rows as long as there are features. @throws {UnfitInputError} for a number where a text belongs */
  encodeRows(rows: readonly (readonly RawValue[])[]): RawValue[][] {
    return rows.map((row) => row.flatMap((value, place) => encodeCell(value, this.parts[place])));
  }

  /** @param shares of the plain features. @returns those of the caller's: a text has what its terms have together */
  sumUp(shares: readonly number[]): number[] {
    let at = 0;
    return this.parts.map(({ tfIdf }) => {
      const own = shares.slice(at, (at += tfIdf ? tfIdf.terms.length : 1));
      return own.reduce((sum, share) => sum + share, 0);
    });
  }
}

function vocabularyOf({ values }: TextColumn, { maxTerms, minDocuments, stopWords }: TextOptions): TfIdf {
  return fitTfIdf(
    values.map((value) => value ?? ''),
    { mostTerms: maxTerms, minDocuments, stopWords: stopWords === 'english' ? ENGLISH_STOP_WORDS : undefined },
  );
}

function plainFeaturesOf(part: Part): PlainFeature[] {
  if (!part.tfIdf) return [{ name: part.name, type: part.type }];
  return part.tfIdf.terms.map((term) => ({ name: nameOf(part.name, term), type: 'number' }));
}

const nameOf = (feature: string, term: string): string => `${feature}${SEPARATOR}${term}`;

function columnsOfTerms({ values }: TextColumn, { name, tfIdf }: EncodedText): PlainColumn[] {
  const weights = tfIdf.terms.map(() => new Float64Array(values.length));
  values.forEach((value, row) => {
    const vector = tfIdf.transform(value ?? '');
    vector.indices.forEach((term, i) => (weights[term][row] = vector.values[i]));
  });
  return tfIdf.terms.map((term, i) => ({ name: nameOf(name, term), type: 'number', values: weights[i] }));
}

function encodeCell(value: RawValue, { name, tfIdf }: Part): RawValue[] {
  if (!tfIdf) return [value];
  const weights = new Array<number>(tfIdf.terms.length).fill(0);
  const vector = tfIdf.transform(textOf(value, name));
  vector.indices.forEach((term, i) => (weights[term] = vector.values[i]));
  return weights;
}

function textOf(value: RawValue, feature: string): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  throw new UnfitInputError(`The feature "${feature}" is a text, and got ${value}.`);
}
