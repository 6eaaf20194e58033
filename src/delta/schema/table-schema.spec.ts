import { SchemaMismatchError } from '../delta.errors.js';
import type { StructField } from './delta-type.js';
import { castTo, columnsOf, describeFields, fieldsFrom, parseSchema, refuseMisfits, serialiseSchema } from './table-schema.js';

const aField = (name: string, type: StructField['type'], more: Partial<StructField> = {}): StructField => ({
  name,
  type,
  nullable: true,
  metadata: {},
  ...more,
});

describe('the fields of a new table', () => {
  it('take the names and order of the query', () => {
    const fields = fieldsFrom('silver.t', [
      { name: 'Id', type: 'UINTEGER' },
      { name: 'at', type: 'TIMESTAMP' },
    ]);
    expect(fields).toEqual([aField('Id', 'long'), aField('at', 'timestamp')]);
  });

  it('refuse two names that differ only in case', () => {
    const twice = [
      { name: 'id', type: 'INTEGER' },
      { name: 'ID', type: 'INTEGER' },
    ];
    expect(() => fieldsFrom('silver.t', twice)).toThrow('the name "ID" is given twice');
  });

  it('keep what was said of a column that stays', () => {
    const before = [
      aField('id', 'long', { nullable: false, metadata: { comment: 'key' } }),
      aField('n', 'integer', { metadata: { comment: 'how many' } }),
    ];
    const after = fieldsFrom(
      'silver.t',
      [
        { name: 'ID', type: 'BIGINT' },
        { name: 'n', type: 'DOUBLE' },
      ],
      before,
    );
    expect(after).toEqual([{ ...before[0], name: 'ID' }, aField('n', 'double', { metadata: { comment: 'how many' } })]);
  });

  it('come back from the schema string', () => {
    const fields = fieldsFrom('silver.t', [{ name: 's', type: 'STRUCT("a" MAP(VARCHAR, INTEGER))' }]);
    expect(parseSchema(serialiseSchema(fields))).toEqual(fields);
  });
});

describe('refuseMisfits', () => {
  const fields = [aField('id', 'long'), aField('name', 'string'), aField('price', 'decimal(10,2)')];

  it('names every column that is missing, unknown or of another type', () => {
    const columns = [
      { name: 'id', type: 'VARCHAR' },
      { name: 'price', type: 'INTEGER' },
      { name: 'colour', type: 'VARCHAR' },
    ];
    expect(() => refuseMisfits('silver.t', columns, fields)).toThrow(
      new SchemaMismatchError('silver.t', [
        'it has no column "colour" (VARCHAR)',
        'its column "id" is BIGINT, not VARCHAR',
        'its column "name" is missing',
        'its column "price" is DECIMAL(10,2), not INTEGER',
      ]),
    );
  });

  it('takes narrower numbers, another order and another case', () => {
    const columns = [
      { name: 'NAME', type: 'UUID' },
      { name: 'price', type: 'DECIMAL(4,1)' },
      { name: 'ID', type: 'INTEGER' },
    ];
    expect(() => refuseMisfits('silver.t', columns, fields)).not.toThrow();
  });
});

describe('castTo', () => {
  it('leaves a query alone that fits', () => {
    const query = { sql: 'SELECT 1 AS id' };
    expect(castTo([aField('id', 'integer')], query, [{ name: 'id', type: 'INTEGER' }])).toBe(query);
  });

  it('casts and reorders by name, and survives a comment at the end', () => {
    const columns = [
      { name: 'B"', type: 'UUID' },
      { name: 'a', type: 'BIGINT' },
    ];
    const { sql } = castTo([aField('a', 'long'), aField('b"', 'string')], { sql: 'SELECT … -- all' }, columns);
    expect(sql).toBe('SELECT "a" AS "a", CAST("B""" AS VARCHAR) AS "b""" FROM (\nSELECT … -- all\n) AS result');
  });
});

describe('describeFields', () => {
  it('gives columns their descriptions, whatever the case', () => {
    const described = describeFields([aField('Id', 'long'), aField('n', 'long')], { id: 'the key' });
    expect(columnsOf(described)[0]).toEqual({ name: 'Id', type: 'BIGINT', nullable: true, description: 'the key' });
    expect(columnsOf(described)[1]).toEqual({ name: 'n', type: 'BIGINT', nullable: true });
  });

  it('gives back the very fields when nothing is new', () => {
    const fields = [aField('id', 'long', { metadata: { comment: 'the key' } })];
    expect(describeFields(fields, { ID: 'the key' })).toBe(fields);
  });
});
