import { arrayOf, mapOf, structOf, widensTo } from './delta-type.js';

const struct = (types: Record<string, string>) =>
  structOf(Object.entries(types).map(([name, type]) => ({ name, type, nullable: true, metadata: {} })));

describe('widensTo', () => {
  it.each([
    ['integer', 'long'],
    ['byte', 'short'],
    ['integer', 'double'],
    ['float', 'double'],
    ['integer', 'decimal(12,2)'],
    ['decimal(10,2)', 'decimal(12,3)'],
    ['timestamp_ntz', 'timestamp'],
    ['string', 'string'],
  ])('lets %s into %s', (from, to) => expect(widensTo(from, to)).toBe(true));

  it.each([
    ['long', 'integer'],
    ['long', 'double'],
    ['integer', 'decimal(10,2)'],
    ['decimal(10,2)', 'decimal(11,1)'],
    ['decimal(10,2)', 'double'],
    ['double', 'float'],
    ['integer', 'string'],
    ['date', 'timestamp'],
  ])('keeps %s out of %s, where a value could be lost', (from, to) => expect(widensTo(from, to)).toBe(false));

  it('looks into nested types', () => {
    expect(widensTo(arrayOf('integer'), arrayOf('long'))).toBe(true);
    expect(widensTo(mapOf('string', 'long'), mapOf('string', 'integer'))).toBe(false);
    expect(widensTo(arrayOf('integer'), 'integer')).toBe(false);
  });

  it('matches the fields of a struct by name without case, and wants all of them', () => {
    expect(widensTo(struct({ B: 'byte', a: 'string' }), struct({ A: 'string', b: 'long' }))).toBe(true);
    expect(widensTo(struct({ a: 'string' }), struct({ a: 'string', b: 'long' }))).toBe(false);
    expect(widensTo(struct({ c: 'string' }), struct({ a: 'string' }))).toBe(false);
  });
});
