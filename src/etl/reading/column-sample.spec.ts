import { ColumnSample, guess } from './column-sample.js';

describe('the guess of a type', () => {
  it.each([
    ['12', 'BIGINT'],
    ['-0', 'BIGINT'],
    ['007', 'VARCHAR'],
    ['1e3', 'DOUBLE'],
    ['-1.50', 'DOUBLE'],
    ['123456789012345678901', 'VARCHAR'],
    ['TRUE', 'BOOLEAN'],
    ['2020-01-31', 'DATE'],
    ['2020-01-31 23:59', 'TIMESTAMP'],
    ['2020-01-31T23:59:59.123Z', 'TIMESTAMP WITH TIME ZONE'],
    ['31/01/2020', 'VARCHAR'],
    ['NaN', 'VARCHAR'],
  ])('of %s is %s', (text, type) => {
    expect(guess(text)).toBe(type);
  });

  it('takes the other decimal separator', () => {
    expect([guess('1,5', ','), guess('1.5', ',')]).toEqual(['DOUBLE', 'VARCHAR']);
  });
});

describe('ColumnSample', () => {
  const syntax = { delimiter: 0x2c, quote: 0x22, escape: 0x22 };

  it('takes the narrowest type that holds every value, missing ones left out', () => {
    const sample = new ColumnSample(syntax, { decimal: '.', nullValue: 'NA' });
    ['1,2020-01-01,1,,x', 'NA,2020-01-01 10:00,true,,"1"', '1.5,,,,2'].forEach((record) => sample.add(record));
    expect([0, 1, 2, 3, 4].map((column) => sample.typeOf(column))).toEqual([
      'DOUBLE',
      'TIMESTAMP',
      'VARCHAR',
      'VARCHAR',
      'VARCHAR',
    ]);
  });
});
