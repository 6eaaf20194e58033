import type { Format } from '../sql/sql.schema.js';

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
};

const FORMATS: ReadonlyMap<string, Format> = new Map(
  (Object.entries(MEDIA_TYPES) as [Format, string][]).map(([format, type]) => [type.split(';')[0], format]),
);

/** @param accept of a request @returns the format that it likes best, of two it likes alike the first; JSON when it names none */
export function formatOf(accept = ''): Format {
  const wishes = accept.split(',').map((wish) => {
    const [type, ...parameters] = wish.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { format: FORMATS.get(type), quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
  const known = wishes.filter(({ format, quality }) => format !== undefined && quality > 0);
  return known.toSorted((a, b) => b.quality - a.quality)[0]?.format ?? 'json';
}
