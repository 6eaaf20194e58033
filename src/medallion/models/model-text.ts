import { asTime, type Interval } from './interval.js';

/** `@start` as it stands in the SQL of a model, outside of texts, quoted names and comments. */
interface Placeholder {
  readonly name: string;
  readonly offset: number;
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|@([A-Za-z_]\w*)/g;

export const PLACEHOLDERS: readonly string[] = ['start', 'end'];

export const placeholdersIn = (sql: string): Placeholder[] =>
  [...sql.matchAll(TOKEN)].flatMap(({ 2: name, index }) => (name === undefined ? [] : [{ name, offset: index }]));

/** The SELECT with the times of an interval in place of `@start` and `@end`. Lines stay what they are. */
export function inInterval(sql: string, { start, end }: Interval): string {
  const times = new Map([
    ['start', start],
    ['end', end],
  ]);
  return sql.replaceAll(TOKEN, (token: string, _tag: unknown, name: string | undefined) => {
    const time = name === undefined ? undefined : times.get(name);
    return time === undefined ? token : asTime(time);
  });
}

/** Names that no column has: what {@link withMarks} puts in the place of the times of an interval. */
export const START_MARK = '(start)';
export const END_MARK = '(end)';

/** The SELECT with names in place of `@start` and `@end`: for its syntax. */
export const withMarks = (sql: string): string =>
  sql.replaceAll(TOKEN, (token: string, _tag: unknown, name: string | undefined) =>
    name !== undefined && PLACEHOLDERS.includes(name) ? `"(${name})"` : token,
  );

export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
