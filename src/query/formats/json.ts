import type { Chunk } from '../../engines/sql/sql.port.js';
import { toJsonValue } from '../json-value.js';
import { distinctNames, type RowSource } from './row-source.js';

/** An array of objects, a row a line. */
export async function* toJson(source: RowSource): AsyncGenerator<string> {
  const names = distinctNames(source.columns);
  let before = '[\n';
  for await (const chunk of source.read()) {
    yield before + [...rowsOf(chunk, names)].join(',\n');
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}

/** Each row as the text of an object, made when it is asked for: who has enough stops there. */
export function* rowsOf({ rows, values }: Chunk, names: readonly string[]): Generator<string> {
  for (let row = 0; row < rows; row++) {
    yield JSON.stringify(Object.fromEntries(names.map((name, column) => [name, toJsonValue(values[column][row])])));
  }
}
