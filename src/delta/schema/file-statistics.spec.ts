import type { ColumnStatistics, WrittenFile } from '../../engines/sql/sql.port.js';
import { arrayOf, type DeltaType } from './delta-type.js';
import { fileStatistics } from './file-statistics.js';

const statisticsOf = (type: DeltaType, statistics: Partial<ColumnStatistics>, name = 'a'): string => {
  const file: WrittenFile = {
    ...{ file: '/x', rows: 3, bytes: 9, partition: {} },
    statistics: { [name]: { nulls: 0, hasNan: false, ...statistics } },
  };
  return fileStatistics(file, [{ name, type, nullable: true, metadata: {} }]);
};
const boundsOf = (type: DeltaType, statistics: Partial<ColumnStatistics>): unknown[] => {
  const { minValues, maxValues } = JSON.parse(statisticsOf(type, statistics));
  return [minValues.a, maxValues.a];
};

describe('fileStatistics', () => {
  it('counts rows and nulls', () => {
    expect(JSON.parse(statisticsOf('string', { nulls: 3 }))).toEqual({
      numRecords: 3,
      minValues: {},
      maxValues: {},
      nullCount: { a: 3 },
    });
  });

  it('writes 64-bit integers with every digit', () => {
    const text = statisticsOf('long', { min: '-9223372036854775808', max: '9223372036854775807' });
    expect(text).toContain('"minValues":{"a":-9223372036854775808},"maxValues":{"a":9223372036854775807}');
  });

  it('writes decimals with every digit', () => {
    expect(statisticsOf('decimal(38,2)', { min: '0.10', max: '123456789012345678901234567890.12' })).toContain(
      '"minValues":{"a":0.10},"maxValues":{"a":123456789012345678901234567890.12}',
    );
  });

  it('rounds times outwards to milliseconds', () => {
    const times = { min: '2020-01-01 00:00:00.123456+00', max: '2020-01-01 23:59:59.999001+00' };
    expect(boundsOf('timestamp', times)).toEqual(['2020-01-01T00:00:00.123Z', '2020-01-02T00:00:00.000Z']);
  });

  it('writes times without a zone without one', () => {
    const times = { min: '2020-01-01 00:00:00', max: '2020-01-01 12:00:00.5' };
    expect(boundsOf('timestamp_ntz', times)).toEqual(['2020-01-01T00:00:00.000', '2020-01-01T12:00:00.500']);
  });

  it('leaves out years that readers cannot parse', () => {
    expect(boundsOf('date', { min: '0044-03-15 (BC)', max: '12020-01-01' })).toEqual([undefined, undefined]);
    expect(boundsOf('timestamp', { min: '-infinity', max: '9999-12-31 23:59:59.9999+00' })).toEqual([undefined, undefined]);
  });

  it('says nothing of the range of a column with NaN, which no range holds', () => {
    expect(boundsOf('double', { min: '1.5', max: '2.5', hasNan: true })).toEqual([undefined, undefined]);
  });

  it('leaves out infinities, which JSON has not', () => {
    expect(boundsOf('double', { min: '-inf', max: '1e+20' })).toEqual([undefined, 1e20]);
  });

  it('keeps the beginning of a long minimum and no long maximum, without cutting a character in two', () => {
    const long = `${'😀'.repeat(40)}z`;
    expect(boundsOf('string', { min: long, max: long })).toEqual(['😀'.repeat(32), undefined]);
    expect(boundsOf('string', { min: '😀'.repeat(32), max: 'b"' })).toEqual(['😀'.repeat(32), 'b"']);
  });

  it('passes over nested columns, whose leaves the engine does not tell', () => {
    expect(JSON.parse(statisticsOf(arrayOf('long'), { min: '1' }))).toEqual({
      numRecords: 3,
      minValues: {},
      maxValues: {},
      nullCount: {},
    });
  });

  it('is not misled by a column named like a part of every object', () => {
    const file = { file: '/x', rows: 1, bytes: 1, partition: {}, statistics: {} };
    expect(fileStatistics(file, [{ name: 'constructor', type: 'long', nullable: true, metadata: {} }])).toContain(
      '"nullCount":{}',
    );
  });
});
