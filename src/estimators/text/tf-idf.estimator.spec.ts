import { ENGLISH_STOP_WORDS } from './english-stop-words.estimator.js';
import { cosine, fitTfIdf, type SparseVector, TermCounts, termsOf } from './tf-idf.estimator.js';

const DOCUMENTS = ['The cat sat.', 'The dog sat on the cat', 'A bird'];

const vector = (entries: Record<number, number>): SparseVector => ({
  indices: Int32Array.from(Object.keys(entries), Number),
  values: Float64Array.from(Object.values(entries)),
});

describe('the terms of a text', () => {
  it('are its words in lower case, without those of one letter', () => {
    expect(termsOf('A Cat, a DOG & the_bird-cage 42!')).toEqual(['cat', 'dog', 'the_bird', 'cage', '42']);
  });

  it('may be of any script', () => {
    expect(termsOf('Ação às três – Дом №7 猫猫 Ünïcode')).toEqual(['ação', 'às', 'três', 'дом', '猫猫', 'ünïcode']);
  });

  it('are none in a text without words', () => {
    expect(termsOf('')).toEqual([]);
    expect(termsOf('a - ! 7 £')).toEqual([]);
  });
});

describe('TF-IDF', () => {
  it('learns the terms in order, and how rare each is', () => {
    const { terms, idf } = fitTfIdf(DOCUMENTS);
    expect(terms).toEqual(['bird', 'cat', 'dog', 'on', 'sat', 'the']);
    const [once, twice] = [Math.log(4 / 2) + 1, Math.log(4 / 3) + 1];
    expect([...idf]).toEqual([once, twice, once, once, twice, twice]);
  });

  // sklearn.feature_extraction.text.TfidfVectorizer, 1.9: fit(DOCUMENTS).transform(['The cat sees the dog'])
  it('weighs the terms of a text as scikit-learn does', () => {
    const { indices, values } = fitTfIdf(DOCUMENTS).transform('The cat sees the dog');
    expect([...indices]).toEqual([1, 2, 5]);
    [0.38550292, 0.50689001, 0.77100584].forEach((weight, i) => expect(values[i]).toBeCloseTo(weight, 8));
  });

  it('gives each text a length of 1', () => {
    const { values } = fitTfIdf(DOCUMENTS).transform('cat cat dog bird on');
    expect(values.reduce((sum, value) => sum + value ** 2, 0)).toBeCloseTo(1, 12);
  });

  it('knows nothing of a text without a term that it learnt', () => {
    expect(fitTfIdf(DOCUMENTS).transform('fish')).toEqual(vector({}));
    expect(fitTfIdf(['', '!']).transform('fish')).toEqual(vector({}));
    expect(fitTfIdf([]).terms).toEqual([]);
  });

  it('leaves out what too few documents have', () => {
    expect(fitTfIdf(DOCUMENTS, { minDocuments: 2 }).terms).toEqual(['cat', 'sat', 'the']);
  });

  it('keeps the terms that are there most often, of equals the first by name', () => {
    expect(fitTfIdf(DOCUMENTS, { mostTerms: 1 }).terms).toEqual(['the']);
    expect(fitTfIdf(DOCUMENTS, { mostTerms: 2 }).terms).toEqual(['cat', 'the']);
  });

  it('leaves out stop words before it counts', () => {
    expect(fitTfIdf(DOCUMENTS, { stopWords: ENGLISH_STOP_WORDS, mostTerms: 2 }).terms).toEqual(['cat', 'sat']);
  });

  it('learns the same from one document after the other', () => {
    const counts = new TermCounts();
    for (const document of DOCUMENTS) counts.add(document);
    expect(counts.fit({ minDocuments: 2 })).toEqual(fitTfIdf(DOCUMENTS, { minDocuments: 2 }));
  });

  it('is not misled by words that objects know', () => {
    const { terms, idf } = fitTfIdf(['constructor __proto__', 'toString']);
    expect(terms).toEqual(['__proto__', 'constructor', 'tostring']);
    expect(idf.every((rarity) => rarity > 1)).toBe(true);
  });
});

describe('the cosine', () => {
  it('is 1 for the same direction, whatever the lengths', () => {
    expect(cosine(vector({ 1: 1, 4: 2 }), vector({ 1: 3, 4: 6 }))).toBeCloseTo(1, 12);
  });

  it('counts what both have', () => {
    expect(cosine(vector({ 0: 3, 2: 4 }), vector({ 2: 1, 7: 1 }))).toBeCloseTo(0.8 / Math.SQRT2, 12);
  });

  it('is 0 for texts that share nothing, and for an empty one', () => {
    expect(cosine(vector({ 0: 1 }), vector({ 1: 1 }))).toBe(0);
    expect(cosine(vector({}), vector({ 1: 1 }))).toBe(0);
  });
});
