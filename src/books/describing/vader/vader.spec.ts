import { polarityOf } from './vader.js';

const compound = (text: string): number => polarityOf(text).compound;

// The numbers are those of vaderSentiment 3.3.2; the interop suite compares thousands of texts with it.
describe('VADER', () => {
  it('weighs the words that it knows', () =>
    expect(polarityOf('The book was good.')).toEqual({ compound: 0.4404, positive: 0.492, neutral: 0.508, negative: 0 }));

  it.each([
    ['a negation', 'Not bad at all', 0.431],
    ['a "no" before a word with a mood', 'There is no good reason to hate it.', -0.7274],
    ['a weaker word', 'The book was only kind of good.', 0.3832],
    ['what comes behind a "but"', "Today only kinda sux! But I'll get by, lol", 0.5249],
    ['capitals and exclamation marks', 'VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!', 0.9469],
    ['"without doubt"', 'without doubt an excellent idea', 0.7013],
    ['emoticons and emoji', 'Catch utf-8 emoji such as 💘 and 💋 and 😁', 0.875],
  ])('understands %s', (_what, text, expected) => expect(compound(text)).toBe(expected));

  it('finds no mood in what it does not know', () => {
    expect(polarityOf('constructor __proto__ 📚')).toEqual({ compound: 0, positive: 0, neutral: 1, negative: 0 });
  });

  it('finds nothing in a text without words', () => {
    expect(polarityOf(' \n')).toEqual({ compound: 0, positive: 0, neutral: 0, negative: 0 });
  });

  it('rounds an exact half to the even digit, as Python does', () => {
    // Of 16 parts 1 is neutral and 15 are positive: 0.0625 and 0.9375.
    expect(polarityOf('book benefit benefit benefit benefit benefit')).toMatchObject({ neutral: 0.062, positive: 0.938 });
  });
});
