import { z } from 'zod';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { Question } from './question.js';
import { QUESTIONS } from './questions.js';

describe('Question', () => {
  const open = () => {
    const read: string[] = [];
    const question = new Question(z.object({ title: z.string() }), ({ title }) => {
      read.push(title);
      return { text: title, find: () => [] };
    });
    return { read, ask: (url: string, title?: unknown) => question.read({ url, query: { title } }).text };
  };

  it('reads an address once', () => {
    const { read, ask } = open();
    expect([ask('/books?title=a', 'a'), ask('/books?title=a', 'a'), ask('/books?title=b', 'b'), read]).toEqual([
      ...['a', 'a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('says each time what is wrong', () => {
    const { ask } = open();
    for (let turn = 0; turn < 2; turn++) expect(() => ask('/books', 1)).toThrow(InvalidInputError);
  });

  it('knows neither very long addresses nor too many', () => {
    const { read, ask } = open();
    for (let turn = 0; turn < 2; turn++) ask(`/books?title=${'a'.repeat(1000)}`, 'long');
    for (let place = 0; place < 2001; place++) ask(`/books?title=${place}`, `${place}`);
    read.splice(0);
    for (const place of [2000, 1, 0]) ask(`/books?title=${place}`, `${place}`);
    expect(read).toEqual(['0']);
  });
});

describe('QUESTIONS', () => {
  const textOf = (name: keyof typeof QUESTIONS, address: string): string =>
    QUESTIONS[name].read({ url: address, query: Object.fromEntries(new URLSearchParams(address)) }).text;

  it.each([
    ['search', 'title=CAFÉ', 'title=%20cafe&category=&fuzzy=false'],
    ['search', 'title=a&limit=5', 'limit=05&title=A&offset=0'],
    ['priceRange', 'min=0&max=20', 'max=20.0&colour=red'],
    ['list', 'sort=price', 'offset=0&sort=price'],
  ] as const)('take for one in %s: %s and %s', (name, one, other) => expect(textOf(name, one)).toBe(textOf(name, other)));

  it.each([
    ['search', 'title=a', 'category=a'],
    ['search', 'title=a', 'title=a&fuzzy=true'],
    ['search', 'title=a&limit=12', 'title=a&limit=1&offset=2'],
    ['search', 'title=a","b', 'title=a&category=b'],
    ['priceRange', 'min=1&max=23', 'min=12&max=3e1'],
    ['list', 'sort=price', 'sort=-price'],
  ] as const)('keep apart in %s: %s and %s', (name, one, other) => expect(textOf(name, one)).not.toBe(textOf(name, other)));

  it('are apart from one route to the next', () => {
    const texts = (['list', 'topRated', 'priceRange'] as const).map((name) => textOf(name, 'sort=price&limit=3'));
    expect(new Set(texts).size).toBe(3);
  });
});
