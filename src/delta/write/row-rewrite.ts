import type { Predicate, Query, Relation } from '../../engines/sql/sql.port.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { UnsteadyPredicateError } from '../delta.errors.js';
import type { AddFile } from '../log/action.js';
import { liveRows } from '../log/table-state.js';
import { type DescribedFile, fileFilter } from '../pruning/file-filter.js';
import { quoteIdentifier } from '../schema/sql-type.js';
import { columnsOf } from '../schema/table-schema.js';
import { localFiles, relationOfFiles } from '../table-relation.js';
import type { FullBase } from './basis.js';
import type { Reads, Removal } from './change.js';
import type { FileStaging, Layout } from './file-staging.js';

/** Files that are replaced because some of their rows go or change. */
export interface Rewrite {
  readonly adds: readonly AddFile[];
  readonly removals: readonly Removal[];
  /** Rows for which the predicate is true. */
  readonly matched: number;
  /** Rows that stand unchanged in the new files. */
  readonly copied: number;
  readonly reads: Reads;
}

/** A file that has matching rows. */
interface Touched {
  readonly index: number;
  readonly matched: number;
  /** Undefined when whoever wrote it did not count. */
  readonly rows: number | undefined;
}

const TABLE = 't';
const FILE = '_file_of_row';

/** Copy on write: the rows of a table that a predicate is about, and the files that hold them. */
export class RowRewrite {
  constructor(
    private readonly storage: LakeStorage,
    private readonly staging: FileStaging,
    private readonly base: FullBase,
    private readonly where: Predicate,
  ) {}

  /**
   * Leaves out the rows for which the predicate is true. A file without such rows stays as it is, one with nothing else goes.
   * @param layout of the new files
   */
  async without(layout: Layout): Promise<Rewrite> {
    const { touched, mayHold } = await this.touched();
    const partial = touched.filter(({ matched, rows }) => matched !== rows);
    const staged = await this.staging.stage(
      await this.query(partial, `SELECT * FROM ${TABLE} WHERE (\n${this.where.sql}\n) IS NOT TRUE`),
      layout,
    );
    if (partial.every(({ rows }) => rows !== undefined)) {
      const kept = partial.reduce((sum, { rows = 0, matched }) => sum + rows - matched, 0);
      if (staged.rows !== kept) throw new UnsteadyPredicateError(this.base.table, this.where.sql);
    }
    const adds = await this.staging.adopt(staged);
    return { ...this.outcome(touched, mayHold), adds, copied: staged.rows };
  }

  /** Gives columns of the rows for which the predicate is true other values. @param set SQL by the column's name */
  async with(set: ReadonlyMap<string, string>, layout: Layout): Promise<Rewrite> {
    const { touched, mayHold } = await this.touched();
    const select = this.base.fields.map(({ name }) => {
      const column = quoteIdentifier(name);
      const value = set.get(name);
      return value === undefined
        ? column
        : `CASE WHEN (\n${this.where.sql}\n) THEN (\n${value}\n) ELSE ${column} END AS ${column}`;
    });
    const staged = await this.staging.stage(await this.query(touched, `SELECT ${select.join(', ')} FROM ${TABLE}`), layout);
    await this.staging.check(staged);
    const outcome = this.outcome(touched, mayHold);
    return { ...outcome, adds: await this.staging.adopt(staged), copied: staged.rows - outcome.matched };
  }

  private async touched(): Promise<{ touched: Touched[]; mayHold: (file: DescribedFile) => boolean }> {
    const { table, files, fields, snapshot } = this.base;
    const mayHold = fileFilter(await this.staging.sql.condition(this.where), fields, snapshot.partitionColumns);
    const candidates = [...files.keys()].filter((index) => mayHold(files[index]));
    const local = await localFiles(
      table,
      candidates.map((index) => snapshot.files[index]),
      this.storage,
    );
    const counted = await this.staging.sql.rows(
      {
        sql: `SELECT ${FILE}, count(*) AS matched FROM ${TABLE} WHERE (\n${this.where.sql}\n)${this.allParameters()} GROUP BY ${FILE}`,
        tables: { [TABLE]: relationOfFiles(this.shape(), local, { fileColumn: FILE }) },
        parameters: this.where.parameters,
      },
      this.staging.request,
    );
    const matched = new Map(counted.map((row) => [row[FILE], Number(row.matched)]));
    const touched = candidates.flatMap((index, at) => {
      const count = matched.get(local[at].file);
      return count === undefined ? [] : [{ index, matched: count, rows: liveRows(files[index]) }];
    });
    return { touched, mayHold };
  }

  private async query(touched: readonly Touched[], sql: string): Promise<Query> {
    const { table, snapshot } = this.base;
    const files = touched.map(({ index }) => snapshot.files[index]);
    const relation: Relation = relationOfFiles(this.shape(), await localFiles(table, files, this.storage));
    return { sql, tables: { [TABLE]: relation }, parameters: this.where.parameters };
  }

  private outcome(touched: readonly Touched[], added: (file: AddFile) => boolean): Omit<Rewrite, 'adds' | 'copied'> {
    const files = touched.map(({ index }) => this.base.files[index]);
    return {
      removals: files.map((file) => ({ file, dataChange: true })),
      matched: touched.reduce((sum, { matched }) => sum + matched, 0),
      reads: { files, known: this.base.files, added },
    };
  }

  /** The engine refuses values that the text has no place for: those of `set` have none in the predicate. */
  private allParameters(): string {
    return (this.where.parameters ?? []).map((_, index) => ` AND ($${index + 1} IS NULL OR true)`).join('');
  }

  private shape(): Parameters<typeof relationOfFiles>[0] {
    const { table, fields, metadata } = this.base;
    return { table, columns: columnsOf(fields), partitionColumns: metadata.partitionColumns };
  }
}
