import { placeOfByte, placeOfCharacter, placesOfBytes, quoteName, quoteTable, quoteText } from './sql-text.js';

describe('quoting', () => {
  it('keeps every character of a name and of a text', () => {
    expect([quoteName('a "b" c'), quoteText("it's")]).toEqual(['"a ""b"" c"', "'it''s'"]);
  });

  it('takes what stands before the first dot of a table as its layer', () => {
    expect([quoteTable('silver.my flights'), quoteTable('flights'), quoteTable('a.b.c')]).toEqual([
      '"silver"."my flights"',
      '"flights"',
      '"a"."b.c"',
    ]);
  });
});

describe('the place of an offset', () => {
  const sql = "SELECT '日é'\n  FROM 😀.x";

  it('counts bytes where DuckDB counts bytes', () => {
    const at = (word: string) => placeOfByte(sql, Buffer.byteLength(sql.slice(0, sql.indexOf(word))));
    expect([at('SELECT'), at('FROM'), at('.x')]).toEqual([
      { line: 1, column: 1 },
      { line: 2, column: 3 },
      { line: 2, column: 9 },
    ]);
  });

  it('counts characters where DuckDB counts characters', () => {
    expect([placeOfCharacter(sql, 14), placeOfCharacter(sql, 20)]).toEqual([
      { line: 2, column: 3 },
      { line: 2, column: 9 },
    ]);
  });

  it('is the same for many offsets as for each, in whatever order they come', () => {
    const offsets = [24, 0, 12, 24, Buffer.byteLength(sql)];
    expect(offsets.map((offset) => placesOfBytes(sql, offsets).get(offset))).toEqual(
      offsets.map((offset) => placeOfByte(sql, offset)),
    );
    expect(placesOfBytes(sql, [NaN, -1, 999, 7])).toEqual(new Map([[7, { line: 1, column: 8 }]]));
  });

  it('is unknown outside of the text', () => {
    expect([placeOfByte(sql, -1), placeOfByte(sql, 999), placeOfByte(sql, NaN), placeOfCharacter(sql, NaN)]).toEqual(
      Array(4).fill(undefined),
    );
  });
});
