import { z } from 'zod';
import type { Feature, Model } from '../estimator.types.js';
import { CorruptModelError } from '../estimators.errors.js';
import { arrayOf, type ModelFile, readPlainFile, writeModelFile } from '../model-file.js';
import { type EncodedFeature, type EncodedText, TextEncoding } from './text-encoding.js';
import { TfIdf } from './tf-idf.estimator.js';

const State = z.object({
  /** The terms of each text, in the order of the features. */
  vocabularies: z.array(z.array(z.string())),
});

/** The file of the model in the file of its texts: the array `model` is one, and `idf` has that of all terms one behind the other. */
export function writeTextModel({ parts, features }: TextEncoding, model: Model): Uint8Array {
  const vocabularies = parts.flatMap(({ tfIdf }) => tfIdf ?? []);
  const { estimator, problem, classes } = model;
  return writeModelFile({
    estimator,
    problem,
    features,
    classes: [...classes],
    state: { vocabularies: vocabularies.map(({ terms }) => [...terms]) } satisfies z.input<typeof State>,
    arrays: { idf: Float64Array.from(vocabularies.flatMap(({ idf }) => [...idf])), model: model.serialise() },
  });
}

/** @returns the encoding, and the file of the model behind it. @throws {CorruptModelError} */
export function readTextFile(file: ModelFile<Feature>): { encoding: TextEncoding; plain: ModelFile } {
  const encoding = new TextEncoding(readParts(file));
  const plain = readPlainFile(arrayOf(file, 'model', 'uint8'));
  const isOurs =
    plain.estimator === file.estimator &&
    plain.problem === file.problem &&
    isEqual(plain.classes, file.classes) &&
    isEqual(plain.features, encoding.plainFeatures);
  if (!isOurs) throw new CorruptModelError('its vocabularies are not those of its model');
  return { encoding, plain };
}

function readParts(file: ModelFile<Feature>): (EncodedFeature | EncodedText)[] {
  const texts = file.features.filter(({ type }) => type === 'text').length;
  const parsed = State.safeParse(file.state);
  if (!parsed.success || parsed.data.vocabularies.length !== texts) {
    throw new CorruptModelError('the vocabularies of its texts cannot be read');
  }
  const { vocabularies } = parsed.data;
  const terms = vocabularies.reduce((sum, { length }) => sum + length, 0);
  const idf = arrayOf(file, 'idf', 'float64', terms);
  let [text, at] = [0, 0];
  return file.features.map(({ name, type }) => {
    if (type !== 'text') return { name, type };
    const own = vocabularies[text++];
    return { name, type, tfIdf: readVocabulary(own, idf.slice(at, (at += own.length))) };
  });
}

function readVocabulary(terms: readonly string[], idf: Float64Array): TfIdf {
  const ascends = terms.every((term, i) => i === 0 || terms[i - 1] < term);
  if (!ascends || !idf.every((rarity) => rarity >= 1 && rarity < Infinity)) {
    throw new CorruptModelError('the terms of its texts are out of order, or their weights out of range');
  }
  return new TfIdf(terms, idf);
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
