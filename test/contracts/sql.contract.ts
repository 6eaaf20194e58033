import { setImmediate } from 'node:timers/promises';
import { SqlError, SqlForbiddenError } from '../../src/engines/sql/sql.errors.js';
import type { Chunk, Query, SqlEngine, SqlValue } from '../../src/engines/sql/sql.port.js';
import { keepsCancelling } from './sql-cancelling.contract.js';
import { keepsMaterialising } from './sql-materialising.contract.js';
import { keepsRelations } from './sql-relations.contract.js';
import { ENDLESS, MANY, SqlTools } from './sql-tools.js';

/** What every SQL engine keeps. An adapter's spec calls it with a way to open a fresh one. */
export function keepsSqlContract(open: () => Promise<SqlEngine>): void {
  const tools = new SqlTools(open);
  const runs = {
    read: (query: Query) => tools.sql.rows(query),
    materialise: async (query: Query) => tools.sql.materialise(query, await tools.aFolder()),
  };

  const calls = (sql: string) => [
    () => tools.sql.parse(sql),
    () => tools.sql.describe({ sql }),
    () => runs.read({ sql }),
    () => runs.materialise({ sql }),
  ];

  describe('the tables of a SELECT', () => {
    it.each([
      ['SELECT * FROM silver.flights', ['silver.flights']],
      ['SELECT 1', []],
      ['SELECT * FROM a JOIN b ON a.x = b.x LEFT JOIN s.c USING (x), d', ['a', 'b', 's.c', 'd']],
      ['SELECT * FROM a UNION ALL SELECT * FROM b EXCEPT SELECT * FROM a', ['a', 'b']],
      [
        'SELECT (SELECT max(x) FROM b WHERE b.y = a.y) FROM a WHERE EXISTS (SELECT 1 FROM c) AND x IN (SELECT x FROM d)',
        ['b', 'a', 'c', 'd'],
      ],
      ['SELECT * FROM (SELECT * FROM (SELECT * FROM deep) AS x) AS y', ['deep']],
      ['WITH a AS (SELECT * FROM b), c AS (SELECT * FROM a) SELECT * FROM c, A', ['b']],
      ['SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) AS x, a', ['a']],
      ['WITH flights AS (SELECT * FROM flights) SELECT * FROM flights', ['flights']],
      ['WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b', ['b']],
      ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r, s.steps WHERE n < 3) SELECT * FROM r', ['s.steps']],
      ['WITH a AS (SELECT 1) SELECT * FROM s.a', ['s.a']],
      ['SELECT sum(x) OVER (ORDER BY y) FROM Silver.Flights AS f -- FROM comment\n;', ['Silver.Flights']],
      ['SELECT \'FROM text\' AS "FROM name" FROM a', ['a']],
    ])('of %s', async (text, tables) => {
      expect((await tools.sql.parse(text)).tables).toEqual(tables);
    });
  });

  describe('text that is not one SELECT', () => {
    it('is refused with the line and the column of the mistake', async () => {
      const text = "SELECT 'héé',\n  origin,\n  FROM, silver.flights";
      for (const call of calls(text)) {
        const error = await tools.failure(call());
        expect([error.line, error.column, error.code]).toEqual([3, 7, 'SQL_INVALID']);
      }
    });

    it.each([
      ['two statements', 'SELECT 1; SELECT 2', 'exactly one SELECT'],
      ['nothing', ' -- nothing\n', 'exactly one SELECT'],
      ['INSERT', 'INSERT INTO silver.flights VALUES (1)', 'not INSERT'],
      ['UPDATE', '-- a\n/* b */ UPDATE a SET b = 1', 'not UPDATE'],
      ['CREATE', 'CREATE TABLE a AS SELECT 1', 'not CREATE'],
      ['DROP', 'DROP TABLE a', 'not DROP'],
      ['SET', "SET threads = '1'", 'not SET'],
      ['a SELECT and something behind it', 'SELECT 1; DROP TABLE a', 'Only a SELECT is allowed.'],
      ['another statement behind a WITH', 'WITH a AS (SELECT 1) DELETE FROM b', 'Only a SELECT is allowed, also behind WITH.'],
      ['many comments before it', `${'/**/'.repeat(60)};DROP TABLE a`, 'Only a SELECT is allowed.'],
      ['SHOW', 'SHOW TABLES', 'Only a SELECT'],
    ])('is refused: %s', async (_, text, words) => {
      for (const call of calls(text)) {
        const error = await tools.failure(call());
        expect(error).toBeInstanceOf(SqlForbiddenError);
        expect(error.message).toContain(words);
      }
    });
  });

  it.each([
    ['a number that no type holds', 'SELECT -1e400', 'out of range'],
    ['a type that cannot be', 'SELECT NULL::STRUCT(a INT, a INT)', 'type'],
    ['a name of a hundred thousand characters', `SELECT 1 AS a "${'x'.repeat(100_000)}"`, '…'],
  ])('says that a SELECT is wrong, not forbidden: %s', async (_, text, words) => {
    const error = await tools.failure(tools.sql.parse(text));
    expect([error.code, error.message]).toEqual(['SQL_INVALID', expect.stringContaining(words)]);
  });

  describe.each(['read', 'materialise'] as const)('%s says what is wrong', (name) => {
    const wrong = async (text: string, tables: Query['tables'] = {}) => tools.failure(runs[name]({ sql: text, tables }));

    it('with a table that is not there', async () => {
      const error = await wrong('SELECT *\nFROM silver.nothing', { 'silver.flights': await tools.aTable('SELECT 1 AS a') });
      expect([error.line, error.column]).toEqual([2, 6]);
      expect(error.reason).toBe('There is no table "silver.nothing". Known here: silver.flights');
    });

    it('with a column that is not there', async () => {
      const error = await wrong('SELECT\n  a,\n  nothing\nFROM t', { t: await tools.aTable('SELECT 1 AS a') });
      expect(error.line).toBe(3);
      expect(error.reason).toContain('nothing');
    });

    it('with a value that cannot be cast, when it comes to it', async () => {
      const error = await wrong('SELECT CAST(a AS INTEGER) AS a FROM t', { t: await tools.aTable("SELECT 'x1' AS a") });
      expect(error.reason).toContain('x1');
    });

    it.each(['{"exception_type"', '{"exception_type":"INTERNAL","exception_message":"no"}', '{"exception_type":1}'])(
      'with the text of an error of its own: %s',
      async (text) => {
        expect((await wrong(`SELECT error('${text}')`)).code).toBe('SQL_INVALID');
      },
    );

    it('without a value as large as the memory', async () => {
      const { message } = await wrong("SELECT CAST(repeat('a', 1000000) AS INTEGER)");
      expect(message).toMatch(/Could not convert string 'aaa.*…/);
      expect(message.length).toBeLessThan(5_000);
    });

    it('with a file that is named in the place of a table', async () => {
      const file = await tools.aFile('people.csv', 'a\n1\n');
      expect((await wrong(`SELECT * FROM '${file}'`)).reason).toContain('There is no table');
    });
  });

  describe('values', () => {
    const value = async (expression: string, parameters?: Query['parameters']) =>
      (await tools.rows(`SELECT ${expression} AS v`, {}, parameters))[0].v;

    it.each<[string, unknown]>([
      ['CAST(9223372036854775807 AS BIGINT)', 9223372036854775807n],
      ['CAST(-9223372036854775808 AS BIGINT)', -9223372036854775808n],
      ['CAST(7 AS INTEGER)', 7],
      ['CAST(0.1 AS DOUBLE)', 0.1],
      ["CAST('NaN' AS DOUBLE)", NaN],
      ["CAST('-Infinity' AS DOUBLE)", -Infinity],
      ['CAST(12345678901234567890.123456789 AS DECIMAL(38, 9))', '12345678901234567890.123456789'],
      ['CAST(-0.50 AS DECIMAL(10, 2))', '-0.50'],
      ["DATE '1969-12-31'", new Date('1969-12-31T00:00:00Z')],
      ["DATE '0001-01-01'", new Date('0001-01-01T00:00:00Z')],
      ["TIMESTAMP '1969-12-31 23:59:59.999999'", new Date('1969-12-31T23:59:59.999Z')],
      ["CAST('2001-01-01 00:01:00+02:00' AS TIMESTAMP WITH TIME ZONE)", new Date('2000-12-31T22:01:00Z')],
      ["CAST(TIMESTAMP '2001-01-01 00:01:00' AS TIMESTAMP WITH TIME ZONE)", new Date('2001-01-01T00:01:00Z')],
      ["'it''s \"quoted\"\n日本'", 'it\'s "quoted"\n日本'],
      ["''", ''],
      ['TRUE', true],
      ['CAST(NULL AS BIGINT)', null],
    ])('%s', async (expression, expected) => {
      expect(await value(expression)).toEqual(expected);
    });

    it.each<[SqlValue]>([
      ['it\'s "quoted"\n; DROP TABLE a --'],
      [1.5],
      [-7],
      [9223372036854775807n],
      [false],
      [new Date('1969-07-20T20:17:40.123Z')],
      [null],
    ])('%p goes in as a bound value and comes out as it was', async (bound) => {
      expect(await value('$1', [bound])).toEqual(bound);
    });

    it('takes bound values by their number', async () => {
      const table = await tools.aTable('SELECT 1 AS a UNION ALL SELECT 2 UNION ALL SELECT 3');
      expect(await tools.rows('SELECT a, $2 AS b FROM t WHERE a >= $1 ORDER BY a DESC LIMIT 1', { t: table }, [2, 'x'])).toEqual([
        { a: 3, b: 'x' },
      ]);
    });

    it('says which bound value is missing, and when there is one too many', async () => {
      expect((await tools.failure(tools.rows('SELECT $1 AS a, $2 AS b', {}, [1]))).reason).toMatch(/parameter.* 2/);
      expect((await tools.failure(tools.rows('SELECT $1 AS a', {}, [1, 2]))).reason).toMatch(/parameter.* 2/);
    });

    it('refuses a Date that is none', async () => {
      expect((await tools.failure(tools.rows('SELECT $1 AS a', {}, [new Date(NaN)]))).reason).toContain('$1');
    });
  });

  describe('reading', () => {
    it('gives the rows in the order of the SELECT, in chunks that know their columns', async () => {
      const chunks: Chunk[] = [];
      const descending = `SELECT n, 'x' AS x FROM (${MANY}) AS m ORDER BY n DESC`;
      for await (const chunk of tools.sql.read({ sql: descending })) chunks.push(chunk);
      expect(chunks.length).toBeGreaterThan(3);
      expect(chunks.every(({ rows: count, values }) => values.every((column) => column.length === count))).toBe(true);
      expect(chunks[0].columns.map(({ name }) => name)).toEqual(['n', 'x']);
      expect(chunks.flatMap(({ values }) => values[0])).toEqual(Array.from({ length: 100_000 }, (_, index) => 99_999 - index));
    });

    it('keeps the order of the file when nothing else is asked', async () => {
      const key = (n: number) => (n * 7919) % 100003;
      const t = await tools.aTable(`SELECT n FROM (${MANY}) AS m ORDER BY (n * 7919) % 100003`);
      const read = (await tools.rows('SELECT n FROM t', { t })).map(({ n }) => n);
      expect(read).toEqual(Array.from({ length: 100_000 }, (_, n) => n).sort((a, b) => key(a) - key(b)));
    });

    it('lets others work between the chunks', async () => {
      let turns = 0;
      let reading = true;
      const others = (async () => {
        while (reading) {
          await setImmediate();
          turns++;
        }
      })();
      for await (const chunk of tools.sql.read({ sql: MANY })) expect(chunk.rows).toBeGreaterThan(0);
      reading = false;
      await others;
      expect(turns).toBeGreaterThan(10);
    });

    it('may be left early, any number of times', async () => {
      for (let turn = 0; turn < 8; turn++) {
        for await (const chunk of tools.sql.read({ sql: MANY })) {
          expect(chunk.rows).toBeGreaterThan(0);
          break;
        }
      }
      expect(await tools.rows('SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    });

    it('runs another query in the middle of one', async () => {
      const t = await tools.aTable('SELECT 1 AS a UNION ALL SELECT 2');
      const seen: unknown[] = [];
      for await (const { values } of tools.sql.read({ sql: 'SELECT a FROM t ORDER BY a', tables: { t } })) {
        const inner = (a: unknown) => tools.rows('SELECT $1 + 10 AS b FROM t WHERE a = $1', { t }, [a as number]);
        seen.push(...(await Promise.all(values[0].map(inner))));
      }
      expect(seen).toEqual([[{ b: 11 }], [{ b: 12 }]]);
    });

    it('describes the columns without running the query', async () => {
      const columns = await tools.sql.describe({
        sql: `SELECT CAST(n AS BIGINT) AS n, 'x' AS x, $1 AS p FROM (${ENDLESS}) AS e ORDER BY n`,
        parameters: ['text'],
      });
      expect(columns).toEqual([
        { name: 'n', type: 'BIGINT' },
        { name: 'x', type: 'VARCHAR' },
        { name: 'p', type: 'VARCHAR' },
      ]);
    });
  });

  describe('lines', () => {
    const lines = async (sql: string): Promise<string> =>
      Buffer.concat(await Array.fromAsync(tools.sql.lines({ sql }))).toString();

    it('are the texts as they are, whatever is in them', async () => {
      const texts = ['a,b', '"x"', '', "it's", 'é', '\\N', 'a\tb', '#'];
      const values = texts.map((text) => `('${text.replaceAll("'", "''")}')`).join(', ');
      expect(await lines(`SELECT v FROM (VALUES ${values}, (NULL)) AS t(v)`)).toBe(`${[...texts, ''].join('\n')}\n`);
    });

    it('come in the order of the SELECT, all of them', async () => {
      const found = await lines(`SELECT 'row ' || n AS line FROM (${MANY}) AS m ORDER BY n`);
      expect(found).toBe(Array.from({ length: 100_000 }, (_, n) => `row ${n}\n`).join(''));
    });

    it('of nothing are none, and of a query that fails in the middle its error', async () => {
      expect(await lines(`SELECT 'x' AS line WHERE false`)).toBe('');
      await expect(
        lines(`SELECT CAST(CAST(CASE WHEN n = 99999 THEN 'x' ELSE '1' END AS INTEGER) AS VARCHAR) FROM (${MANY}) AS m`),
      ).rejects.toThrow(SqlError);
    });

    it('may be left early', async () => {
      for await (const bytes of tools.sql.lines({ sql: `SELECT CAST(n AS VARCHAR) FROM (${ENDLESS}) AS e` })) {
        expect(bytes.length).toBeGreaterThan(0);
        break;
      }
    });
  });

  describe('two queries at the same time', () => {
    it('read different versions of the same table', async () => {
      const versions = await Promise.all([1, 2, 3, 4, 5, 6].map((version) => tools.aTable(`SELECT ${version} AS version`)));
      const read = await Promise.all(
        versions.map((flights) =>
          tools.rows('SELECT f.version, (SELECT count(*) FROM silver.flights) AS n FROM silver.flights AS f', {
            'silver.flights': flights,
          }),
        ),
      );
      expect(read).toEqual([1, 2, 3, 4, 5, 6].map((version) => [{ version, n: 1n }]));
    });

    it('see nothing of each other', async () => {
      const t = await tools.aTable('SELECT 1 AS a');
      for await (const chunk of tools.sql.read({ sql: 'SELECT * FROM mine.t', tables: { 'mine.t': t } })) {
        expect(chunk.rows).toBe(1);
        await tools.failure(tools.rows('SELECT * FROM mine.t'));
      }
    });
  });

  keepsRelations(tools);
  keepsMaterialising(tools);
  keepsCancelling(tools);
}
