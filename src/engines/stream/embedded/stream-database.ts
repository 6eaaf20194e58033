import { Logger } from '@nestjs/common';
import pg from 'pg';
import { StreamAwayError } from '../stream.errors.js';

/** Beside those of the lab: readers and writers wait for each other, and never for another room. */
const CONNECTIONS = 6;
const CONNECT_MS = 10_000;
const ANSWER_MS = 30_000;
const INT8 = 20;

/** Offsets and counts are numbers: there are never so many that one would not hold them. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format))) as never,
};

export interface Statement {
  /** Under which each connection prepares it once. */
  readonly name: string;
  readonly text: string;
}

/** The connections of the log to PostgreSQL: what it does waits for no other room, and no other room waits for it. */
export class StreamDatabase {
  private readonly logger = new Logger('Stream');
  private readonly pool: pg.Pool;
  private readonly address: string;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.address = `${hostname}:${port || 5432}`;
    this.pool = new pg.Pool({
      connectionString: withKeyOrder(url),
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      application_name: 'dataflow-lab stream',
      types,
    });
    // An idle connection that dies is replaced when one is needed.
    this.pool.on('error', (error) => this.logger.debug(`A connection of the message log is lost: ${error.message}`));
  }

  /** @throws {StreamAwayError} */
  async query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>({ ...statement, values: [...values] })).rows;
    } catch (error) {
      throw this.explain(error);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** What PostgreSQL says about a statement is a defect of ours; all else says that it is away. */
  private explain(error: unknown): unknown {
    const { code = '', message } = error as { code?: string; message: string };
    const refused = /^[0-9A-Z]{5}$/.test(code) && !/^(08|53|57)/.test(code);
    return refused ? error : new StreamAwayError(this.address, message || code, 'DATABASE_URL');
  }
}

/**
 * Every statement finds its rows by a key and wants them in its order. While a table fills faster than its statistics follow,
 * PostgreSQL would rather read and sort a whole partition.
 */
function withKeyOrder(url: string): string {
  const result = new URL(url);
  const options = `${result.searchParams.get('options') ?? ''} -c enable_seqscan=off -c enable_bitmapscan=off`;
  result.searchParams.delete('options');
  // A plus sign would not be read as a space.
  result.search += `${result.search ? '&' : '?'}options=${encodeURIComponent(options.trim())}`;
  return result.href;
}
