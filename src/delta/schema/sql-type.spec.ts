import { UnsupportedTypeError } from '../delta.errors.js';
import { arrayOf, mapOf, structOf } from './delta-type.js';
import { inUtc, typeFromSql, typeToSql } from './sql-type.js';

const fromSql = (type: string) => typeFromSql({ name: 'a', type });
const field = (name: string, type: ReturnType<typeof fromSql>) => ({ name, type, nullable: true, metadata: {} });

describe('typeFromSql', () => {
  it.each([
    ['BIGINT', 'long'],
    ['UTINYINT', 'short'],
    ['UINTEGER', 'long'],
    ['UBIGINT', 'decimal(20,0)'],
    ['HUGEINT', 'decimal(38,0)'],
    ['DECIMAL(10,2)', 'decimal(10,2)'],
    ['TIMESTAMP WITH TIME ZONE', 'timestamp'],
    ['TIMESTAMP_NS', 'timestamp_ntz'],
    ['TIME WITH TIME ZONE', 'string'],
    ["ENUM('a', 'it''s, (b)')", 'string'],
    ['UUID', 'string'],
    ['JSON', 'string'],
    ['BLOB', 'binary'],
  ])('stores %s as %s', (sql, delta) => expect(fromSql(sql)).toBe(delta));

  it('reads nested types, with names that need quotes', () => {
    expect(fromSql('STRUCT("a b" INTEGER, "c""d" MAP(VARCHAR, DOUBLE[]), e TIMESTAMP WITH TIME ZONE)[]')).toEqual(
      arrayOf(structOf([field('a b', 'integer'), field('c"d', mapOf('string', arrayOf('double'))), field('e', 'timestamp')])),
    );
  });

  it('takes an array of a fixed length for a list', () => {
    expect(fromSql('INTEGER[3][]')).toEqual(arrayOf(arrayOf('integer')));
  });

  it.each(['"NULL"', 'UNION("n" INTEGER)', 'VARIANT', 'STRUCT("a" GEOMETRY)', 'INTEGER nonsense'])(
    'refuses %s by name',
    (sql) => {
      expect(() => fromSql(sql)).toThrow(new UnsupportedTypeError('a', sql));
    },
  );
});

describe('typeToSql', () => {
  it('writes a nested type as the SQL engine does', () => {
    const sql = 'STRUCT("a b" INTEGER, "c" MAP(VARCHAR, DECIMAL(10,2)[]))[]';
    expect(typeToSql(fromSql(sql), 'a')).toBe(sql);
  });

  it('refuses a type that no file can hold, with the way to it', () => {
    expect(() => typeToSql(structOf([field('b', 'void')]), 'a')).toThrow(new UnsupportedTypeError('a.b', 'void'));
  });
});

describe('inUtc', () => {
  it('gives every time a zone, however deep it stands', () => {
    expect(inUtc(mapOf('string', structOf([field('t', 'timestamp_ntz')])))).toEqual(
      mapOf('string', structOf([field('t', 'timestamp')])),
    );
  });
});
