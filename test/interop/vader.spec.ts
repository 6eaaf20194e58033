import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aStock } from '../../bookstore/stock.js';
import { EMOJI } from '../../src/books/describing/vader/emoji.js';
import { BOOSTERS, IDIOMS, LEXICON } from '../../src/books/describing/vader/lexicon.js';
import { type Polarity, polarityOf } from '../../src/books/describing/vader/vader.js';
import { seededUniform } from '../fixtures/training-set.js';
import { PythonEnvironment } from './servers/python-environment.js';

const SCRIPT = join(import.meta.dirname, 'vader', 'polarity.py');

const SENTENCES = [
  'VADER is smart, handsome, and funny.',
  'VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!',
  'VADER is not smart, handsome, nor funny.',
  "At least it isn't a horrible book.",
  'The book was only kind of good.',
  'The plot was good, but the characters are uncompelling and the dialog is not great.',
  "Today only kinda sux! But I'll get by, lol",
  'Make sure you :) or :D today!',
  'Catch utf-8 emoji such as 💘 and 💋 and 😁😁',
  'Not bad at all',
  'There is no good reason to hate it.',
  'I never felt so good; never this bad',
  'Without doubt an excellent idea, without a doubt',
  'It is a great, great, great book but a great, bad, bad disappointment',
  'The least beautiful book, at least a good one, the very least lovely. least good',
  'kiss of death to a beating heart; a bus stop to die for',
  'He is the constructor of __proto__ and hasOwnProperty, and toString loves it',
  '“Good” book — lovely… ÉTÉ is GOOD\u00a0and\u2009BAD\x1cSAD',
  '?!?! why ???? what?? !!!!!!',
  'an extreme love story and TOTAL disaster; INCREDIBLE',
  ':( :-) <3 x( d= ok OK no NO',
  '',
  '   ',
];

const pickFrom = (uniform: () => number, words: readonly string[]): string => words[Math.floor(uniform() * words.length)];

/** Sentences of the words about which VADER has rules, in every order and case. */
function madeUp(count: number): string[] {
  const uniform = seededUniform(7);
  const rules = "no not never so this without doubt least at very but or nor kind of sort just enough the isn't".split(' ');
  const kinds = [
    [...LEXICON.keys()],
    [...BOOSTERS.keys(), ...IDIOMS.keys()],
    rules,
    [...EMOJI.keys()],
    ['the', 'book', 'story,', '42'],
  ];
  const word = (): string => {
    const plain = pickFrom(uniform, kinds[Math.floor(uniform() * kinds.length)]);
    return uniform() < 0.15
      ? plain.toUpperCase()
      : uniform() < 0.15
        ? `${plain}${pickFrom(uniform, ['!', '?', '."', ','])}`
        : plain;
  };
  return Array.from({ length: count }, () => Array.from({ length: 1 + Math.floor(uniform() * 14) }, word).join(' '));
}

describe("our VADER agrees with its authors' to the digit", () => {
  let python: PythonEnvironment;
  let folder: string;
  beforeAll(async () => {
    python = await PythonEnvironment.open('vader', ['vaderSentiment==3.3.2']);
    folder = await mkdtemp(join(tmpdir(), 'lab-vader-'));
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each<[what: string, texts: readonly string[]]>([
    ['sentences', SENTENCES],
    ['every word of the lexicon', [...LEXICON.keys()]],
    ['sentences that somebody shuffled', madeUp(5_000)],
    ['descriptions of books', aStock(300).map(({ title, description }) => description ?? title)],
  ])('on %s', async (_what, texts) => {
    const file = join(folder, 'texts.json');
    await writeFile(file, JSON.stringify(texts));
    const theirs = await python.run<Polarity[]>(SCRIPT, file);
    const differing = texts.map((text, i) => ({ text, ours: polarityOf(text), theirs: theirs[i] }));
    expect(
      differing.filter(({ ours, theirs: other }) =>
        Object.entries(other).some(([name, score]) => ours[name as keyof Polarity] !== score),
      ),
    ).toEqual([]);
  });
});
