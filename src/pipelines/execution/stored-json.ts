/** In JSON text: an escaped NUL, or half of a surrogate pair. The look-behind passes over an escaped backslash. */
const NOT_IN_POSTGRES = /(?<=(?<!\\)(?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi;

/**
 * JSON that PostgreSQL takes as `jsonb`: characters that it refuses become U+FFFD, a 64-bit integer beyond 2^53 becomes text.
 * @throws {TypeError} for what is no JSON, such as a circular structure
 */
export function storedJson(value: unknown): string {
  return JSON.stringify(value, replaceBigInt).replace(NOT_IN_POSTGRES, '\\ufffd');
}

/** Text that PostgreSQL takes: it knows no NUL. */
export const storedText = (text: string): string => text.replaceAll('\0', '\ufffd');

const replaceBigInt = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? (Number.isSafeInteger(Number(value)) ? Number(value) : String(value)) : value;
