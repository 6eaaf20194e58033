/**
 * A row as JSON text that loses nothing: whole numbers beyond 2^53 are text, as are NaN and the infinities; times are ISO,
 * bytes base64.
 */
export const toRowJson = (row: unknown): string =>
  JSON.stringify(row, function (this: Record<string, unknown>, key, value: unknown) {
    // What a Date or a Buffer turns itself into is not what is wanted: the value as it was stands in its holder.
    return plain(this[key], value);
  });

function plain(original: unknown, value: unknown): unknown {
  if (typeof original === 'bigint') return isSafe(original) ? Number(original) : String(original);
  if (typeof original === 'number' && !Number.isFinite(original)) return String(original);
  if (original instanceof Uint8Array) return Buffer.from(original).toString('base64');
  return value;
}

const isSafe = (value: bigint): boolean => value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;

/** @returns the row with whole numbers beyond 2^53 as text */
export const fromRowJson = (text: string): Record<string, unknown> =>
  JSON.parse(text, (_key, value: unknown, { source }: { source?: string } = {}) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '') ? source : value,
  ) as Record<string, unknown>;
