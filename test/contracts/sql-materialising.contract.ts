import { readdir } from 'node:fs/promises';
import { MANY, type SqlTools } from './sql-tools.js';

/** How every SQL engine writes a result. */
export function keepsMaterialising(tools: SqlTools): void {
  describe('materialising', () => {
    it('writes what a read would give, and says how many rows and bytes', async () => {
      const out = await tools.aFolder();
      const {
        files,
        columns,
        rows: count,
      } = await tools.sql.materialise({ sql: "SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, NULL; -- end" }, out);
      expect([count, columns, await readdir(out)]).toEqual([
        2,
        [
          { name: 'a', type: 'INTEGER' },
          { name: 'b', type: 'VARCHAR' },
        ],
        files.map(({ file }) => file.slice(out.length + 1)),
      ]);
      expect(files[0].bytes).toBeGreaterThan(0);
      expect(
        await tools.rows('SELECT * FROM t ORDER BY a', { t: { format: 'parquet', files: files.map(({ file }) => file) } }),
      ).toEqual([
        { a: 1, b: 'x' },
        { a: 2, b: null },
      ]);
    });

    it('knows minimum, maximum and nulls of every plain column', async () => {
      const select = `SELECT * FROM (VALUES
        (CAST(9007199254740993 AS BIGINT), CAST('NaN' AS DOUBLE), DATE '1960-02-29', 'it''s "b"', TRUE, CAST(1.50 AS DECIMAL(10, 2)), CAST(NULL AS INTEGER)),
        (-1, 2.5, DATE '2020-01-01', 'a' || chr(10), FALSE, -20.25, NULL),
        (NULL, NULL, NULL, NULL, NULL, NULL, NULL)) AS v(i, d, day, "te ""x"" t", b, dec, n)`;
      const { files } = await tools.sql.materialise({ sql: select }, await tools.aFolder());
      expect(files[0].statistics).toMatchObject({
        i: { min: '-1', max: '9007199254740993', nulls: 1, hasNan: false },
        d: { min: '2.5', max: '2.5', nulls: 1, hasNan: true },
        day: { min: '1960-02-29', max: '2020-01-01', nulls: 1 },
        'te "x" t': { min: 'a\n', max: 'it\'s "b"', nulls: 1 },
        b: { min: 'false', max: 'true', nulls: 1 },
        dec: { min: '-20.25', max: '1.50', nulls: 1 },
      });
      expect(files[0].statistics.n).toEqual({ nulls: 3, hasNan: false });
    });

    it('gives a minimum and a maximum of text only when they are whole', async () => {
      const select = "SELECT repeat('x', 5000) AS long, repeat('x', 255) || '日' AS torn, repeat('é', 100) AS short";
      const { long, torn, short } = (await tools.sql.materialise({ sql: select }, await tools.aFolder())).files[0].statistics;
      expect([long, torn].map(({ min, max }) => [min, max])).toEqual([
        [undefined, undefined],
        [undefined, undefined],
      ]);
      expect([short.min, short.max]).toEqual(['é'.repeat(100), 'é'.repeat(100)]);
    });

    it('keeps every digit of the sum of integers', async () => {
      const { files, columns } = await tools.sql.materialise(
        { sql: 'SELECT sum(n) AS s FROM (VALUES (CAST(9007199254740993 AS BIGINT)), (9007199254740992)) AS v(n)' },
        await tools.aFolder(),
      );
      expect([
        await tools.rows('SELECT CAST(s AS BIGINT) AS s FROM t', { t: { format: 'parquet', files: [files[0].file] } }),
        columns[0].type,
      ]).toEqual([[{ s: 18014398509481985n }], expect.stringMatching(/^(DECIMAL|BIGINT)/)]);
    });

    it('writes no file for an empty result, and still knows its columns', async () => {
      const out = await tools.aFolder();
      expect(await tools.sql.materialise({ sql: 'SELECT CAST(1 AS BIGINT) AS a WHERE 1 = 0' }, out)).toEqual({
        files: [],
        columns: [{ name: 'a', type: 'BIGINT' }],
        rows: 0,
      });
      expect(await readdir(out)).toEqual([]);
    });

    it('writes beside what is in the folder', async () => {
      const out = await tools.aFolder();
      await Promise.all([1, 2, 3].map((n) => tools.sql.materialise({ sql: `SELECT ${n} AS a` }, out)));
      expect(await readdir(out)).toHaveLength(3);
    });

    it('refuses two columns with one name', async () => {
      expect(
        (await tools.failure(tools.sql.materialise({ sql: 'SELECT 1 AS a, 2 AS A' }, await tools.aFolder()))).reason,
      ).toMatch(/"a"/i);
    });

    it('refuses a value that names a folder and is too long for it', async () => {
      const out = await tools.aFolder();
      const work = tools.sql.materialise({ sql: "SELECT repeat('x', 300) AS a, 1 AS b" }, out, { partitionBy: ['a'] });
      expect((await tools.failure(work)).reason).toMatch(/^A value in a column that divides the rows is too long/);
      expect(await readdir(out)).toEqual([]);
    });

    it('leaves nothing of a query that fails in the middle, and leaves others alone', async () => {
      const out = await tools.aFolder();
      await tools.sql.materialise({ sql: 'SELECT 1 AS a' }, out);
      const before = await readdir(out);
      const late = `SELECT CAST(CASE WHEN e.n + f.n = 199998 THEN 'x' ELSE '1' END AS INTEGER) AS a
        FROM (${MANY}) AS e, (SELECT n FROM (${MANY}) AS m WHERE n > 99989) AS f`;
      expect((await tools.failure(tools.sql.materialise({ sql: late }, out))).reason).not.toContain(out);
      expect(await readdir(out)).toEqual(before);
    });
  });
}
