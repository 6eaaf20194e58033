import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqlError } from '../../src/engines/sql/sql.errors.js';
import type { Query, Relation, SqlEngine } from '../../src/engines/sql/sql.port.js';

const DIGITS = 'd AS (SELECT * FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v(n))';

/** The numbers from 0 to 99,999, in no order. */
export const MANY = `WITH ${DIGITS}
  SELECT a.n + 10 * b.n + 100 * c.n + 1000 * e.n + 10000 * f.n AS n FROM d AS a, d AS b, d AS c, d AS e, d AS f`;

/** More rows than any machine counts today. */
export const ENDLESS = `WITH ${DIGITS}
  SELECT a.n + b.n * c.n + e.n * f.n + g.n * h.n AS n
  FROM d AS a, d AS b, d AS c, d AS e, d AS f, d AS g, d AS h, d AS i, d AS j, d AS k, d AS l, d AS m, d AS o, d AS p`;

/** An engine and a folder of its own for each test. */
export class SqlTools {
  private engine!: SqlEngine;
  private root!: string;

  constructor(open: () => Promise<SqlEngine>) {
    beforeEach(async () => {
      this.root = await mkdtemp(join(tmpdir(), 'sql-'));
      this.engine = await open();
    });
    afterEach(async () => {
      await this.engine.close();
      await rm(this.root, { recursive: true });
    });
  }

  get sql(): SqlEngine {
    return this.engine;
  }

  get folder(): string {
    return this.root;
  }

  aFolder(): Promise<string> {
    return mkdtemp(join(this.root, 'out-'));
  }

  async aFile(name: string, content: string): Promise<string> {
    const file = join(this.root, name);
    await writeFile(file, content);
    return file;
  }

  /** Parquet files with the result of a SELECT. */
  async files(select: string): Promise<string[]> {
    const { files } = await this.engine.materialise({ sql: select }, await this.aFolder());
    return files.map(({ file }) => file);
  }

  async aTable(select: string): Promise<Relation> {
    return { format: 'parquet', files: await this.files(select) };
  }

  rows(sql: string, tables: Query['tables'] = {}, parameters: Query['parameters'] = []): Promise<Record<string, unknown>[]> {
    return this.engine.rows({ sql, tables, parameters });
  }

  /** The error with which the work is refused. */
  async failure(work: Promise<unknown>): Promise<SqlError> {
    const outcome: unknown = await work.then(
      () => 'it succeeded',
      (error: unknown) => error,
    );
    expect(outcome).toBeInstanceOf(SqlError);
    return outcome as SqlError;
  }
}
