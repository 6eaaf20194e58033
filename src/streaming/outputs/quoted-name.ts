/** A name as both PostgreSQL and DuckDB read it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
