import { Injectable } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { type Selection, SqlSandboxService } from '../../engines/sql/sql-sandbox.service.js';
import { LakeTables } from './lake-tables.js';
import { OpenQuery } from './open-query.js';
import type { SqlRequest } from './sql.schema.js';
import { SqlTimeoutError } from './sql-query.errors.js';

type Asked = Pick<SqlRequest, 'sql' | 'timeout_ms' | 'as_of'>;

/** SQL of people over the tables of the lake: read-only, in a sandbox, bounded in rows, time, memory and disk. */
@Injectable()
export class SqlQueryService {
  constructor(
    private readonly tables: LakeTables,
    private readonly sandbox: SqlSandboxService,
    private readonly config: LabConfig,
  ) {}

  /** @returns how many rows an answer may have when so many are asked for */
  rowsAllowed(asked: Selection['limit'] = Infinity): number {
    return Math.min(asked, this.config.queries.maxRows);
  }

  /**
   * The query keeps its place until it is closed, the client is gone or the time is over.
   * @throws {SqlTimeoutError} {@link SqlError} {@link SqlForbiddenError} {@link SqlTooLargeError} {@link TooManyQueriesError}
   */
  async open({ sql, as_of: asOf, timeout_ms: asked = Infinity }: Asked, gone: AbortSignal): Promise<OpenQuery> {
    const milliseconds = Math.min(asked, this.config.queries.timeoutMs);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new SqlTimeoutError(milliseconds)), milliseconds);
    const signal = AbortSignal.any([gone, late.signal]);
    try {
      const tables = await orAborted(signal, this.tables.of(sql, asOf));
      return new OpenQuery(await this.sandbox.open({ sql, tables }, signal), signal, () => clearTimeout(timer));
    } catch (error) {
      clearTimeout(timer);
      throw error;
    }
  }
}

/** Copies of files that come from afar cannot be stopped on their way: they are there for the next query. */
async function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const give = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', give, { once: true });
  if (signal.aborted) give();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
