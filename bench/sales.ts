import { DuckDBInstance } from '@duckdb/node-api';

/** Runs SQL in a DuckDB that is there for it alone: what is measured later must not find its memory filled. */
export async function inDuckDb(...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB' });
  const connection = await instance.connect();
  await connection.run(`set TimeZone = 'UTC'`);
  for (const statement of statements) await connection.run(statement);
  connection.disconnectSync();
  instance.closeSync();
}

/** Sales of a shop, the same one for the same id each time, with later ones for greater ids. @param ids a SELECT of BIGINTs, `i` */
export const salesOf = (ids: string): string => `
  select
    i as event_id, timestamptz '2026-01-01 00:00:00Z' + to_microseconds((i * 777_600 + b % 1000000)::bigint) as ts,
    case when c % 100 > 0 then a % 500000 end::bigint as user_id,
    floor(10000 * power((b % 1000000) / 1000000.0, 2))::int as product_id,
    (1 + (d % 49900) / 100.0)::decimal(12, 2) as price, (1 + e % 5)::int as quantity,
    'C' || lpad(floor(30 * power((c % 1000000) / 1000000.0, 1.5))::int::varchar, 2, '0') as country
  from (
    select i, hash(i * 7919 + 13) a, hash(i * 104729 + 31) b, hash(i * 15485863 + 5) c, hash(i * 32452843 + 77) d, hash(i * 49979687 + 3) e
    from (${ids})
  )`;

/** @param from the first id, and the one behind the last */
export const sales = (from: number, to: number): string => salesOf(`select i from range(${from}, ${to}) r(i)`);
