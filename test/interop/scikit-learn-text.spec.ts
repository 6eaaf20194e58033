import type { TrainingSet } from '../../src/estimators/estimator.types.js';
import { fit } from '../../src/estimators/estimators.service.js';
import { ENGLISH_STOP_WORDS } from '../../src/estimators/text/english-stop-words.estimator.js';
import { fitTfIdf } from '../../src/estimators/text/tf-idf.estimator.js';
import { numberColumn, regressionTarget, seededUniform, textColumn } from '../fixtures/training-set.js';
import { Exchange } from './scikit-learn/exchange.js';

const ROWS = 600;
const TRAINING_ROWS = 400;

/** Every script, sign and form that might be cut in two ways; the commoner the earlier. */
const WORDS = [
  ...[
    'The',
    'and',
    'of',
    'a',
    'It',
    "it's",
    'world',
    'light',
    'Light-house',
    'attic',
    'poetry',
    'e-mail',
    'x2',
    '42',
    'snake_case',
  ],
  ...[
    'Ação',
    'São',
    'naïve',
    'ÜBER',
    'straße',
    'ΣΊΣΥΦΟΣ',
    'Дом',
    'дома',
    '東京',
    '猫',
    'हिन्दी',
    'שלום',
    'العربية',
    '№7',
    '½',
    'x²',
    'ﬁne',
  ],
  ...[
    'don’t',
    'C++',
    'a.b.c',
    'one/two',
    '“quoted”',
    'end.',
    '(brackets)',
    '1,000',
    '£5',
    '🦊fox',
    '—',
    '…',
    'I',
    'Ⅷ',
    'e\u0301te\u0301',
  ],
];

const exchange = new Exchange();

const uniform = seededUniform(11);
const aText = (words: number): string =>
  Array.from({ length: Math.floor(words * uniform()) }, () => WORDS[Math.floor(WORDS.length * uniform() ** 2)]).join(' ');
const titles = Array.from({ length: ROWS }, () => aText(8));
const descriptions = Array.from({ length: ROWS }, () => aText(60));
const sizes = titles.map(() => 100 * uniform());
const prices = titles.map(
  (title, row) => sizes[row] / 10 + (/light/i.test(title) ? 20 : 0) - descriptions[row].length / 50 + 10 * uniform(),
);

interface Theirs {
  readonly terms: readonly string[];
  readonly idf: readonly number[];
  /** Of the test documents: the weights of each, zeros included. */
  readonly weights: readonly (readonly number[])[];
  readonly predictions: readonly number[];
}

async function theirs(task: { min_df: number; max_features: number | null; stop_words: string | null }): Promise<Theirs> {
  const data = { titles, descriptions, sizes, prices, training_rows: TRAINING_ROWS, ...task };
  await exchange.write('task.json', data);
  return exchange.run<Theirs>('text.py');
}

const farthest = (ours: ArrayLike<number>, others: readonly number[]): number =>
  Math.max(...others.map((value, i) => Math.abs(value - ours[i])));

function part(from: number, to: number): TrainingSet {
  const features = [
    textColumn('title', titles.slice(from, to)),
    numberColumn('size', sizes.slice(from, to)),
    textColumn('description', descriptions.slice(from, to)),
  ];
  return { rows: to - from, features, target: regressionTarget(prices.slice(from, to)) };
}

describe('texts agree with scikit-learn', () => {
  it.each<[string, { min_df: number; stop_words: 'english' | null }]>([
    ['all terms', { min_df: 1, stop_words: null }],
    ['terms of some documents, without stop words', { min_df: 30, stop_words: 'english' }],
  ])('in the weight of every term, for %s', async (_, task) => {
    const { terms, idf, weights } = await theirs({ ...task, max_features: null });
    const ours = fitTfIdf(descriptions.slice(0, TRAINING_ROWS), {
      minDocuments: task.min_df,
      stopWords: task.stop_words ? ENGLISH_STOP_WORDS : undefined,
    });
    expect(ours.terms).toEqual(terms);
    expect(farthest(ours.idf, idf)).toBeLessThan(1e-12);
    weights.forEach((others, row) => {
      const dense = new Float64Array(terms.length);
      const { indices, values } = ours.transform(descriptions[TRAINING_ROWS + row]);
      indices.forEach((term, i) => (dense[term] = values[i]));
      expect(farthest(dense, others)).toBeLessThan(1e-12);
    });
  });

  it('in which terms are kept when there are too many', async () => {
    const { terms } = await theirs({ min_df: 2, max_features: 12, stop_words: null });
    expect(fitTfIdf(descriptions.slice(0, TRAINING_ROWS), { minDocuments: 2, mostTerms: 12 }).terms).toEqual(terms);
  });

  it('in every prediction of a ridge on two texts and a number', async () => {
    const { predictions } = await theirs({ min_df: 2, max_features: null, stop_words: 'english' });
    const text = { maxTerms: 1000, minDocuments: 2, stopWords: 'english' } as const;
    const model = await fit('ridge', part(0, TRAINING_ROWS), { alpha: 3 }, { seed: 1, text });
    expect(farthest(model.predictColumns(part(TRAINING_ROWS, ROWS).features), predictions)).toBeLessThan(1e-8);
    expect(Math.max(...predictions) - Math.min(...predictions)).toBeGreaterThan(10);
  });
});
