import type { StructField } from '../schema/delta-type.js';
import { structOf } from '../schema/delta-type.js';
import type { Metadata, Protocol } from './action.js';
import { assertReadable, assertWritable, PLAIN_PROTOCOL, withWriterFeature } from './protocol.js';

const aTable = (protocol: Partial<Protocol>, metadata: Partial<Metadata> = {}, fields: StructField[] = []) => ({
  protocol: { ...PLAIN_PROTOCOL, ...protocol },
  metadata: {
    id: 'i',
    format: { provider: 'parquet', options: {} },
    schemaString: '',
    partitionColumns: [],
    configuration: {},
    ...metadata,
  },
  fields,
});
const aField = (more: Partial<StructField>): StructField => ({ name: 'a', type: 'long', nullable: true, metadata: {}, ...more });

const reading = (table: ReturnType<typeof aTable>) => () => assertReadable('silver.t', table);
const writing = (table: ReturnType<typeof aTable>) => () => assertWritable('silver.t', table);

describe('what may be read', () => {
  it('is a plain table, and one that writers alone need features for', () => {
    expect(reading(aTable({}))).not.toThrow();
    expect(reading(aTable({ minWriterVersion: 7, writerFeatures: ['rowTracking'] }))).not.toThrow();
  });

  it('is not a table with features that we do not know, and each is named', () => {
    const table = aTable({
      minReaderVersion: 3,
      minWriterVersion: 7,
      readerFeatures: ['timestampNtz', 'variantType', 'deletionVectors', 'catalogManaged'],
    });
    expect(reading(table)).toThrow('it uses variantType, catalogManaged.');
  });

  it('is a table that allows renamed columns, which must not be written once it has some', () => {
    const allows = { minReaderVersion: 2, minWriterVersion: 5 };
    expect(reading(aTable(allows))).not.toThrow();
    const mapped = aTable(allows, { configuration: { 'delta.columnMapping.mode': 'name' } });
    expect(reading(mapped)).not.toThrow();
    expect(writing(mapped)).toThrow('columnMapping');
  });

  it('is no version that is newer than the protocol we know', () => {
    expect(reading(aTable({ minReaderVersion: 4 }))).toThrow('reader version 4');
  });

  it('is no table whose files are not Parquet', () => {
    expect(reading(aTable({}, { format: { provider: 'orc', options: {} } }))).toThrow('files of the format orc');
  });
});

describe('what may be written', () => {
  it('is a table whose features are allowed but not used', () => {
    expect(writing(aTable({ minReaderVersion: 2, minWriterVersion: 6 }))).not.toThrow();
    expect(
      writing(aTable({ minWriterVersion: 7, writerFeatures: ['appendOnly', 'invariants', 'checkConstraints'] })),
    ).not.toThrow();
  });

  it.each([
    ['changeDataFeed', aTable({ minWriterVersion: 4 }, { configuration: { 'delta.enableChangeDataFeed': 'true' } })],
    ['generatedColumns', aTable({ minWriterVersion: 4 }, {}, [aField({ metadata: { 'delta.generationExpression': 'b + 1' } })])],
    ['invariants', aTable({}, {}, [aField({ type: structOf([aField({ metadata: { 'delta.invariants': '{}' } })]) })])],
    ['invariants', aTable({}, {}, [aField({ type: structOf([aField({ nullable: false })]) })])],
    ['typeWidening', aTable({ minReaderVersion: 3, minWriterVersion: 7, writerFeatures: ['typeWidening'] })],
    ['rowTracking', aTable({ minWriterVersion: 7, writerFeatures: ['rowTracking'] })],
    ['writer version 8', aTable({ minWriterVersion: 8 })],
  ])('is not one that uses %s', (feature, table) => expect(writing(table)).toThrow(feature));

  it('is one with rules for its rows, which are checked when it is written', () => {
    const constrained = { configuration: { 'delta.constraints.positive': 'a > 0' } };
    expect(writing(aTable({ minWriterVersion: 3 }, constrained))).not.toThrow();
    expect(writing(aTable({}, {}, [aField({ metadata: { 'delta.invariants': '{}' } })]))).not.toThrow();
  });
});

describe('a further writer feature', () => {
  it.each<[string, Partial<Protocol>, Partial<Protocol>]>([
    ['raises a version before the lists to the first that has it', {}, { minWriterVersion: 3 }],
    ['is had by a later version', { minWriterVersion: 5 }, { minWriterVersion: 5 }],
    [
      'joins a list',
      { minWriterVersion: 7, writerFeatures: ['timestampNtz'] },
      { minWriterVersion: 7, writerFeatures: ['checkConstraints', 'timestampNtz'] },
    ],
  ])('%s', (_, before, after) => {
    expect(withWriterFeature({ ...PLAIN_PROTOCOL, ...before }, 'checkConstraints')).toEqual({ ...PLAIN_PROTOCOL, ...after });
  });
});
