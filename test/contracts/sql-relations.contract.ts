import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DamagedFileError } from '../../src/engines/sql/sql.errors.js';
import type { Relation } from '../../src/engines/sql/sql.port.js';
import { MANY, type SqlTools } from './sql-tools.js';

/** What every SQL engine reads as a table. */
export function keepsRelations(tools: SqlTools): void {
  describe('Parquet as a table', () => {
    it('has exactly the columns that are declared, cast, and null where a file has none', async () => {
      const files = [
        ...(await tools.files("SELECT 1 AS id, 'a' AS name, 5 AS extra")),
        ...(await tools.files('SELECT CAST(2 AS BIGINT) AS ID')),
      ];
      const columns = [
        { name: 'later', type: 'DOUBLE' },
        { name: 'name', type: 'VARCHAR' },
        { name: 'id', type: 'BIGINT' },
      ];
      expect(await tools.rows('SELECT * FROM t ORDER BY id', { t: { format: 'parquet', files, columns } })).toEqual([
        { later: null, name: 'a', id: 1n },
        { later: null, name: null, id: 2n },
      ]);
    });

    it('without columns has those of all its files', async () => {
      const files = [...(await tools.files('SELECT 1 AS a')), ...(await tools.files("SELECT 2 AS a, 'x' AS b"))];
      expect(await tools.rows('SELECT * FROM t ORDER BY a', { t: { format: 'parquet', files } })).toEqual([
        { a: 1, b: null },
        { a: 2, b: 'x' },
      ]);
    });

    it('says from which file a row is, and which of its rows', async () => {
      const files = [
        ...(await tools.files("SELECT * FROM (VALUES ('a'), ('b'), ('c')) AS v(name)")),
        ...(await tools.files("SELECT 'd' AS name")),
      ];
      const origin = { fileColumn: 'file of', rowColumn: 'row of' };
      const columns = [{ name: 'name', type: 'VARCHAR' }];
      const sql = `SELECT name, "file of", "row of" FROM t WHERE name > 'a' ORDER BY name`;
      const seen = [
        { name: 'b', 'file of': files[0], 'row of': 1n },
        { name: 'c', 'file of': files[0], 'row of': 2n },
        { name: 'd', 'file of': files[1], 'row of': 0n },
      ];
      expect(await tools.rows(sql, { t: { format: 'parquet', files, columns, ...origin } })).toEqual(seen);
      expect(await tools.rows(sql, { t: { format: 'parquet', files, ...origin } })).toEqual(seen);
      expect(await tools.rows(sql, { t: { format: 'parquet', files: [], columns, ...origin } })).toEqual([]);
    });

    it('without files is empty and has its columns', async () => {
      const t: Relation = { format: 'parquet', files: [], columns: [{ name: 'a "b"', type: 'DECIMAL(10,2)' }] };
      expect([
        await tools.rows('SELECT * FROM t', { t }),
        await tools.sql.describe({ sql: 'SELECT * FROM t', tables: { t } }),
      ]).toEqual([[], t.columns]);
    });

    it('that holds something else than it should says which table it is, not which path', async () => {
      const files = await tools.files("SELECT 'x1' AS a");
      const t: Relation = { format: 'parquet', files, columns: [{ name: 'a', type: 'INTEGER' }] };
      const error = await tools.failure(tools.rows(`SELECT a\nFROM t${' '.repeat(400)}`, { t }));
      expect(error.reason).toContain('x1');
      expect(error.message).not.toContain(tools.folder);
      expect(error.line).toBeUndefined();
    });

    it('of which a file is gone or broken says so without its path', async () => {
      const broken = await tools.aFile('broken.parquet', 'no Parquet');
      const [changed] = await tools.files(`SELECT n, hash(n)::VARCHAR AS text FROM (${MANY}) AS m`);
      const bytes = await readFile(changed);
      await writeFile(changed, bytes.fill(0x5a, 4, 100_000));
      for (const file of [broken, `${broken}-gone`, changed]) {
        const reading = tools.rows('SELECT * FROM silver.t', { 'silver.t': { format: 'parquet', files: [file] } });
        const error: unknown = await reading.catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(DamagedFileError);
        expect((error as Error).message).toMatch(
          new RegExp(`^silver\\.t \\(${basename(file)}\\) cannot be read: .*Restore that file`),
        );
        expect((error as Error).message).not.toContain(tools.folder);
      }
    });

    it('with neither files nor columns is refused by name', async () => {
      expect((await tools.failure(tools.rows('SELECT * FROM t', { t: { format: 'parquet', files: [] } }))).reason).toContain(
        '"t"',
      );
    });

    it('is found by its name in any case and with any character', async () => {
      const t = await tools.aTable('SELECT 1 AS a');
      expect(await tools.rows('SELECT * FROM SILVER."my table"', { 'silver.my table': t })).toEqual([{ a: 1 }]);
    });

    it('in a folder whose name looks like a pattern or a partition is read as it is', async () => {
      const strange = join(tools.folder, "it's [1] {a,b} *?", 'year=2020');
      await mkdir(strange, { recursive: true });
      const { files } = await tools.sql.materialise({ sql: 'SELECT 1 AS a' }, strange);
      expect(await tools.rows('SELECT * FROM t', { t: { format: 'parquet', files: [files[0].file] } })).toEqual([{ a: 1 }]);
    });
  });

  describe('text files as tables', () => {
    it('CSV: names and types are detected', async () => {
      const files = [await tools.aFile('a.csv', 'id,name,at\n1,"a, ""b""\nc",2020-01-01\n2,,\n')];
      expect(await tools.rows('SELECT * FROM t', { t: { format: 'csv', files } })).toEqual([
        { id: 1n, name: 'a, "b"\nc', at: new Date('2020-01-01') },
        { id: 2n, name: null, at: null },
      ]);
    });

    it('CSV: a dialect and columns are taken as they are given', async () => {
      const files = [await tools.aFile('a.csv', "1;'x;''y'''\nNA;'z'\n")];
      const columns = [
        { name: "it's", type: 'BIGINT' },
        { name: 'name', type: 'VARCHAR' },
      ];
      const csv = { delimiter: ';', quote: "'", header: false, nullValue: 'NA', columns };
      expect(await tools.rows('SELECT * FROM t', { t: { format: 'csv', files, csv } })).toEqual([
        { "it's": 1n, name: "x;'y'" },
        { "it's": null, name: 'z' },
      ]);
    });

    it('CSV: a row that does not fit is named with its line and not with its path', async () => {
      const files = [await tools.aFile('secret-name.csv', 'a,b\n1,2\nx,4\n')];
      const columns = ['a', 'b'].map((name) => ({ name, type: 'INTEGER' }));
      const error = await tools.failure(tools.rows('SELECT * FROM t', { t: { format: 'csv', files, csv: { columns } } }));
      expect(error.reason).toMatch(/Line: 3.*"x"/);
      expect(error.message).not.toContain(tools.folder);
    });

    it('JSON lines: missing keys are null, nested values are kept', async () => {
      const files = [await tools.aFile('a.json', '{"a":1,"m":{"x y":"1"},"s":{"l":[1,null]}}\n{"other":true}\n')];
      const columns = [
        { name: 'a', type: 'BIGINT' },
        { name: 'm', type: 'MAP(VARCHAR, VARCHAR)' },
        { name: 's', type: 'STRUCT("l" INTEGER[])' },
      ];
      expect(await tools.rows('SELECT * FROM t', { t: { format: 'json', files, columns } })).toEqual([
        { a: 1n, m: { 'x y': '1' }, s: { l: [1, null] } },
        { a: null, m: null, s: null },
      ]);
    });
  });

  it('JSON lines: without columns they are detected from all rows', async () => {
    const first = Array.from({ length: 30_000 }, (_value, n) => JSON.stringify({ n, s: { l: [n] } }));
    const files = [await tools.aFile('a.json', [...first, '{"n":0.5,"last":true}', ''].join('\n'))];
    const columns = await tools.sql.describe({ sql: 'SELECT * FROM t', tables: { t: { format: 'json', files } } });
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['n', 'DOUBLE'],
      ['s', 'STRUCT("l" BIGINT[])'],
      ['last', 'BOOLEAN'],
    ]);
  });

  it('a view finds its own tables, whatever the query means by the same names', async () => {
    const [inner, outer] = [await tools.aTable("SELECT 'inner' AS a"), await tools.aTable("SELECT 'outer' AS a")];
    const view: Relation = { format: 'view', query: { sql: 'SELECT a AS b FROM t; -- t', tables: { t: inner } } };
    const nested: Relation = { format: 'view', query: { sql: 'SELECT b AS c FROM t', tables: { t: view } } };
    expect(await tools.rows('SELECT t.a, v.b, n.c FROM t, s.v, n', { t: outer, 's.v': view, n: nested })).toEqual([
      { a: 'outer', b: 'inner', c: 'inner' },
    ]);
  });
}
