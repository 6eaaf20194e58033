import type { Chunk, Column } from '../../engines/sql/sql.port.js';

/** Rows that are read once, as they are or as expressions over them. */
export interface RowSource {
  readonly columns: readonly Column[];
  /** @param select over the columns by their place: `#1, upper(#2)`; all columns when absent */
  read(select?: string): AsyncIterable<Chunk>;
}

/** The names of the columns, each its own: an object has every key once. `a, a` becomes `a, a_1`, as in DuckDB's own results. */
export function distinctNames(columns: readonly Column[]): string[] {
  const taken = new Set<string>();
  return columns.map(({ name }) => {
    let free = name;
    for (let number = 1; taken.has(free); number++) free = `${name}_${number}`;
    taken.add(free);
    return free;
  });
}
