import { CorruptLogError } from '../delta.errors.js';
import { parseActions, serialiseActions } from './action.js';

const parseOne = (action: unknown): unknown => parseActions(JSON.stringify(action), 'x')[0];

describe('parseActions', () => {
  it('reads what serialiseActions wrote', () => {
    const actions = [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }, { txn: { appId: 'a', version: 3 } }];
    expect(parseActions(serialiseActions(actions), 'x')).toEqual(actions);
  });

  it('makes one form of the metadata of a checkpoint and of an entry', () => {
    const metadata = { id: 'i', schemaString: '{}', partitionColumns: ['p'], configuration: {}, createdTime: 5 };
    const inEntry = parseOne({ metaData: { ...metadata, format: { provider: 'parquet' } } });
    const inCheckpoint = parseOne({
      metaData: { ...metadata, name: null, createdTime: '5', configuration: null, format: { provider: 'parquet', options: {} } },
    });
    expect(inCheckpoint).toEqual(inEntry);
  });

  it('keeps a partition value that is null', () => {
    const add = {
      path: 'p=__HIVE_DEFAULT_PARTITION__/x',
      partitionValues: { p: null },
      size: '7',
      modificationTime: '8',
      dataChange: false,
    };
    expect(parseOne({ add: { ...add, tags: null } })).toEqual({ add: { ...add, size: 7, modificationTime: 8 } });
  });

  it('takes statistics from the columns of a checkpoint where it has no text of them', () => {
    const add = { path: 'x', partitionValues: {}, size: 1, modificationTime: 1, dataChange: true };
    expect(parseOne({ add: { ...add, stats: null, stats_parsed: { numRecords: 4 } } })).toEqual({
      add: { ...add, stats: '{"numRecords":4}' },
    });
  });

  it('passes over actions that it does not know', () => {
    expect(parseOne({ domainMetadata: { domain: 'd' } })).toEqual({});
  });

  it.each([
    ['nothing', '', 'it holds no action'],
    ['blank lines', '\n \n', 'it holds no action'],
    ['an object of nothing', '{}\n', 'it holds no action'],
    ['a list', '[1]', 'one of its lines is no object'],
    ['a number', '{"commitInfo":{}}\n5', 'one of its lines is no object'],
    ['null', 'null', 'one of its lines is no object'],
    ['a file without a path', '{"add":{}}', 'it has no path of a file'],
    ['a file without a size', '{"add":{"path":"a.parquet"}}', 'it has no size of a file'],
    ['a removal without a path', '{"remove":{"dataChange":true}}', 'it has no path of a file'],
    ['a protocol without versions', '{"protocol":{}}', 'it has no version for readers'],
    ['a record of nobody', '{"txn":{"version":1}}', 'it has no application'],
  ])('refuses %s', (_, text, reason) => {
    expect(() => parseActions(text, '_delta_log/1.json')).toThrow(`"_delta_log/1.json": ${reason}`);
  });

  it('takes an entry that holds words about it alone', () => {
    expect(parseActions('{"commitInfo":{"operation":"VACUUM END"}}', 'e')).toEqual([{ commitInfo: { operation: 'VACUUM END' } }]);
  });

  it('names the file that it cannot read', () => {
    expect(() => parseActions('{"add":', '_delta_log/0.json')).toThrow(CorruptLogError);
    expect(() => parseActions('{"add":', '_delta_log/0.json')).toThrow('_delta_log/0.json');
  });
});
