import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { NothingParsesError, TooManyRejectedError, UnreadableSourceError } from './etl.errors.js';
import { EtlModule } from './etl.module.js';
import { LoadService } from './load.service.js';

/** Sources by name, each read from a file of its own name. */
const SOURCES: Readonly<Record<string, string>> = {
  people: 'format: csv\ncsv: { columns: { age: INTEGER } }',
  strict: 'format: csv\non_reject: fail',
  tolerant: 'format: csv\nmax_rejected: 1',
  semicolons:
    'format: csv\ncsv: { delimiter: ";", decimal: ",", encoding: windows-1252, null_value: NA, skip: 1, date_format: "%d/%m/%Y", columns: { born: DATE } }',
  bare: 'format: csv\ncsv: { header: false }',
  late: 'format: csv',
  wide: 'format: csv',
  twice: 'format: csv',
  columnar: 'format: parquet',
  grows: 'format: csv',
  closed: 'format: csv\non_drift: fail',
  apart: 'format: csv\non_drift: quarantine',
  events: 'format: json',
  places: 'format: json',
  signed: 'format: json',
  prices: 'format: csv\ncsv: { columns: { price: "DECIMAL(6,2)" } }',
  many: 'format: json',
  typed: 'format: json\njson: { columns: { n: BIGINT, later: DATE } }',
};

describe('BatchLoad', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    const files = Object.entries(SOURCES).map(([name, text]) => [
      `sources/${name}.yaml`,
      `name: ${name}\ndescription: ${name}\npath: ${name}.txt\n${text}\n`,
    ]);
    rooms = await openRooms([EtlModule, CatalogModule, DeltaModule], {
      ...Object.fromEntries(files),
      'pipelines/houses.yaml': undefined,
    });
  });
  afterAll(() => rooms.close());

  const load = async (source: string, text: string | Buffer) => {
    await writeFile(join(rooms.workspace, `${source}.txt`), text);
    return rooms.module.get(LoadService).load({ source }, aTaskRun());
  };
  const rowsOf = async (table: string, columns = '* exclude (_ingested_at, _source, _batch)') => {
    const delta = rooms.module.get(DeltaService);
    const sql = rooms.module.get<SqlEngine>(SqlEngine);
    const relation = await delta.relation(await delta.snapshot(table));
    return sql.rows({ sql: `select ${columns} from rows_of order by all`, tables: { rows_of: relation } });
  };
  const changesOf = async (table: string) => {
    const { items } = await rooms.module.get(CatalogService).schemaChanges(table, { limit: 50, offset: 0 });
    return items.map(({ change, column, version }) => [change, column, version]);
  };
  const rejectsOf = (source: string) => rowsOf(`quarantine.bronze_${source}`, 'line, text, rules, reason');
  const typesOf = async (table: string) =>
    (await rooms.module.get(DeltaService).snapshot(table)).columns.slice(0, -3).map(({ name, type }) => [name, type]);

  it('puts rows that do not parse into quarantine, with line, text and reason, and loads the others', async () => {
    const report = await load('people', 'name,age\nAna,31\nBob\n"Eve,40\nZoé,old\nKim,3.5\nLea,7\n');
    expect(report).toMatchObject({ rows: 2, rejected: 4, skipped: false, version: 0 });
    expect(await rowsOf('bronze.people')).toEqual([
      { name: 'Ana', age: 31 },
      { name: 'Lea', age: 7 },
    ]);
    expect(await rejectsOf('people')).toEqual([
      { line: 3n, text: 'Bob', rules: ['fields'], reason: 'it has 1 field where 2 belong' },
      { line: 4n, text: '"Eve,40', rules: ['quotes'], reason: 'the quote that opens field 1 is never closed' },
      { line: 5n, text: 'Zoé,old', rules: ['type'], reason: '"old" in column "age" is no INTEGER' },
      { line: 6n, text: 'Kim,3.5', rules: ['type'], reason: '"3.5" in column "age" is no INTEGER' },
    ]);
  });

  it('knows the same bytes again, and doubles neither rows nor quarantine', async () => {
    const [before, kept] = [await rowsOf('bronze.people'), await rejectsOf('people')];
    const report = await load('people', 'name,age\nAna,31\nBob\n"Eve,40\nZoé,old\nKim,3.5\nLea,7\n');
    expect(report).toMatchObject({ rows: 0, rejected: 0, skipped: true, reason: 'these bytes were loaded before' });
    expect([await rowsOf('bronze.people'), await rejectsOf('people')]).toEqual([before, kept]);
  });

  it('loads nothing of a file with a bad row where that is asked for', async () => {
    await expect(load('strict', 'a,b\n1,2\n3\n')).rejects.toThrow(TooManyRejectedError);
    await expect(load('strict', 'a,b\n1,2\n3\n')).rejects.toThrow(/line 3: it has 1 field where 2 belong/);
    expect(await rooms.module.get(DeltaService).exists('bronze.strict')).toBe(false);
  });

  it('loads nothing of a file with more bad rows than are allowed, whatever is bad about them', async () => {
    expect(await load('tolerant', 'a,b\n1,2\n3\n')).toMatchObject({ rows: 1, rejected: 1 });
    await expect(load('tolerant', 'a,b\n1,2\n3\nx,4\n')).rejects.toThrow(/line 4: "x" in column "a" is no BIGINT/);
    expect(await rowsOf('bronze.tolerant')).toHaveLength(1);
  });

  it('reads a dialect: delimiter, decimal comma, encoding, missing values, dates, lines before the header', async () => {
    const text = 'exported today\nname;price;born\nZo\xe9;1,5;31/12/1990\nNA;2;\n';
    await load('semicolons', Buffer.from(text, 'latin1'));
    expect(await rowsOf('bronze.semicolons')).toEqual([
      { name: 'Zoé', price: 1.5, born: new Date('1990-12-31') },
      { name: null, price: 2, born: null },
    ]);
  });

  it('names columns by their place where there is no header', async () => {
    await load('bare', gzipSync('1,x\n2,y\n'));
    expect(await rowsOf('bronze.bare')).toEqual([
      { column_1: 1n, column_2: 'x' },
      { column_1: 2n, column_2: 'y' },
    ]);
  });

  it('widens a type that only the first rows of a file keep to', async () => {
    const first = Array.from({ length: 10_000 }, (_value, index) => `${index},${index},2020-01-01`);
    await load('late', ['a,b,c', ...first, '0.5,x,2020-01-01 10:00', ''].join('\n'));
    expect(await typesOf('bronze.late')).toEqual([
      ['a', 'DOUBLE'],
      ['b', 'VARCHAR'],
      ['c', 'TIMESTAMP WITH TIME ZONE'],
    ]);
  });

  it('holds a further file against the types of the table', async () => {
    expect(await load('late', 'b,a,c\n1,x,2020-01-01\n2,3,2020-01-02\n')).toMatchObject({ rows: 1, rejected: 1 });
    expect((await rejectsOf('late'))[0].reason).toBe('"x" in column "a" is no DOUBLE');
  });

  it('takes new columns into the table, and missing ones as null', async () => {
    await load('grows', 'a,_b\n1,x\n');
    expect(await load('grows', 'c,a\n2020-01-01,2\n')).toMatchObject({
      rows: 1,
      batches: [{ drift: [{ change: 'added', column: 'c', type: 'DATE' }, { change: 'missing', column: '_b', type: 'VARCHAR' }] }], // prettier-ignore
    });
    expect(await rowsOf('bronze.grows')).toEqual([
      { a: 1n, _b: 'x', c: null },
      { a: 2n, _b: null, c: new Date('2020-01-01') },
    ]);
    expect(await changesOf('bronze.grows')).toEqual([
      ['missing', '_b', 1],
      ['added', 'c', 1],
    ]);
  });

  it('refuses other columns where they may not drift', async () => {
    await load('closed', 'a,b\n1,x\n');
    await expect(load('closed', 'a,c\n1,x\n')).rejects.toThrow(/"c" is new, "b" is missing/);
    expect(await rowsOf('bronze.closed')).toHaveLength(1);
    expect(await changesOf('bronze.closed')).toEqual([
      ['missing', 'b', 0],
      ['added', 'c', 0],
    ]);
  });

  it('puts rows with a value in a new column into quarantine where that is asked for', async () => {
    await load('apart', 'a\n1\n');
    expect(await load('apart', 'a,b\n2,\n3,x\n')).toMatchObject({ rows: 1, rejected: 1 });
    expect(await rowsOf('bronze.apart')).toEqual([{ a: 1n }, { a: 2n }]);
    const reason = '"x" in column "b" has no place: the table has no such column';
    expect(await rejectsOf('apart')).toEqual([{ line: 3n, text: '3,x', rules: ['drift'], reason }]);
  });

  it.each([
    ['of which no row parses', 'a,b\n1\n2\n', NothingParsesError, /No row .* line 2: it has 1 field where 2 belong/],
    ['that is empty', '', UnreadableSourceError, /it is empty/],
    ['with a column twice', 'a,A\n1,2\n', UnreadableSourceError, /two columns are called "A"/],
    ['with a column that bronze adds', 'a,_batch\n1,2\n', UnreadableSourceError, /"_batch" is taken/],
    [
      'that is no text',
      Buffer.from([0x7f, 0x45, 0x00, 0x01, 0x0a, 0xff, 0x00, 0x0a]),
      UnreadableSourceError,
      /header does not parse: .*NUL/,
    ],
    ['whose compression is damaged', gzipSync('a,b\n1,2\n').subarray(0, -9), UnreadableSourceError, /damaged: unexpected end/],
  ])('refuses a file %s as a whole', async (_what, text, error, message) => {
    await expect(load('twice', text)).rejects.toThrow(error);
    await expect(load('twice', text)).rejects.toThrow(message);
    expect(await rooms.module.get(DeltaService).exists('bronze.twice')).toBe(false);
  });

  it('refuses a file that is no Parquet, as one of the source and not of a table', async () => {
    const loading = load('columnar', 'PAR1 and no more');
    await expect(loading).rejects.toThrow(UnreadableSourceError);
    await expect(loading).rejects.toThrow(/^The file "columnar.txt" of the source "columnar" cannot be read: .*magic bytes/);
  });

  it('has nothing to do with a file that is a header only', async () => {
    expect(await load('twice', 'a,b\n')).toMatchObject({
      rows: 0,
      skipped: true,
      version: null,
      reason: 'there are no rows in it',
    });
  });

  it('takes JSON with lists and objects in it, and what is no object into quarantine', async () => {
    const report = await load('events', '{"id":1,"at":{"x":1.5,"tags":["a"]}}\n{"id":2}\n[1]\n{"id":3,\n');
    expect(report).toMatchObject({ rows: 2, rejected: 2 });
    expect(await rowsOf('bronze.events')).toEqual([
      { id: 1n, at: { x: 1.5, tags: ['a'] } },
      { id: 2n, at: null },
    ]);
    expect((await rejectsOf('events')).map(({ line, rules }) => [line, rules])).toEqual([[3n, ['json']], [4n, ['json']]]); // prettier-ignore
  });

  it('holds nested JSON against the type of its column, row by row', async () => {
    await load('places', '{"id":1,"at":{"x":1,"tags":["a"]}}\n');
    const rows = [
      '{"id":2,"at":{"x":2}}',
      '{"id":3,"at":{"x":"north"}}',
      '{"id":4,"at":{"x":4,"y":5}}',
      '{"id":5,"at":[5]}',
      '{"id":6,"at":{"x":6.5}}',
      '{"id":7,"at":null}',
      '{"id":8,"at":{"tags":[]}}',
    ];
    expect(await load('places', rows.join('\n'))).toMatchObject({ rows: 3, rejected: 4 });
    expect(await rowsOf('bronze.places')).toEqual([
      { id: 1n, at: { x: 1n, tags: ['a'] } },
      { id: 2n, at: { x: 2n, tags: null } },
      { id: 7n, at: null },
      { id: 8n, at: { x: null, tags: [] } },
    ]);
    const rejects = await rejectsOf('places');
    expect(rejects.map(({ line, rules }) => [line, rules])).toEqual([2n, 3n, 4n, 5n].map((line) => [line, ['type']]));
    expect(rejects[1].reason).toMatch(/^\{.*\} in column "at" is no STRUCT\("x" BIGINT, "tags" VARCHAR\[\]\)$/);
  });

  it('takes whole numbers with and without a sign for 64 bits, and for more where one needs them', async () => {
    await load('signed', '{"n":10,"o":{"n":5},"big":1}\n{"n":-5,"o":{"n":-5},"big":-1}\n{"big":12345678901234567890}\n');
    expect(await typesOf('bronze.signed')).toEqual([
      ['n', 'BIGINT'],
      ['o', 'STRUCT("n" BIGINT)'],
      ['big', 'DECIMAL(38,0)'],
    ]);
    expect(await rowsOf('bronze.signed', 'big')).toContainEqual({ big: '12345678901234567890' });
  });

  it('does not round what a DECIMAL has no places for', async () => {
    expect(await load('prices', 'id,price\n1,1.50\n2,1.500\n3,1.505\n4,2\n')).toMatchObject({ rows: 3, rejected: 1 });
    expect((await rowsOf('bronze.prices', 'price')).map(({ price }) => price)).toEqual(['1.50', '1.50', '2.00']);
    expect((await rejectsOf('prices'))[0].reason).toBe('"1.505" in column "price" is no DECIMAL(6,2)');
  });

  it('makes columns of the keys of a row, however many they are', async () => {
    const row = (value: number) => Object.fromEntries(Array.from({ length: 300 }, (_, key) => [`k${key}`, value + key]));
    await load('many', [row(0), row(1)].map((one) => JSON.stringify(one)).join('\n'));
    expect(await rowsOf('bronze.many', 'k0, k299')).toEqual([
      { k0: 0n, k299: 299n },
      { k0: 1n, k299: 300n },
    ]);
  });

  it('keeps values of a key that do not agree as JSON text', async () => {
    await load('typed', '[{"n":1,"odd":1},{"n":2,"odd":"x"},{"n":3,"odd":[2]}]');
    expect((await rowsOf('bronze.typed', 'n, odd, later')).map(({ odd }) => odd)).toEqual(['1', '"x"', '[2]']);
  });

  it('holds JSON against declared types', async () => {
    const report = await load('typed', '{"n":"x","odd":1}\n{"n":7,"odd":1,"later":"2020-01-01"}\n');
    expect(report).toMatchObject({ rows: 1, rejected: 1 });
    expect(await rejectsOf('typed')).toEqual([
      { line: 1n, text: '{"n":"x","odd":1}', rules: ['type'], reason: '"x" in column "n" is no BIGINT' },
    ]);
  });
});
