import { quoteName } from '../expectations/rule.js';

/** Columns that a snapshot has beside those of its SELECT. */
export const HISTORY_COLUMNS = ['valid_from', 'valid_to', 'is_current'] as const;

export interface HistoryShape {
  readonly keys: readonly string[];
  /** Names of the columns that the SELECT gives now … */
  readonly given: readonly string[];
  /** … and of those that the table has. */
  readonly kept: readonly string[];
  /** The column that says when a row became what it is; without it a row changes when any value of it does. */
  readonly time?: string;
  /** As SQL: when a change is seen of which no column says the time. */
  readonly now: string;
}

/** The rows of the table `source` as the first of their history. */
export const firstHistory = ({ time, now }: Pick<HistoryShape, 'time' | 'now'>): string =>
  `select *, ${begins(time, 'source', now)} as valid_from, cast(null as timestamp with time zone) as valid_to, true as is_current from source`;

/**
 * What the table `history` becomes with the rows of `source`: those that changed or went away end, and what came in their place
 * begins where they end. What is over stays as it is.
 */
export function nextHistory({ keys, given, kept, time, now }: HistoryShape): string {
  const onKeys = (left: string, right: string): string =>
    keys.map((key) => `${left}.${quoteName(key)} = ${right}.${quoteName(key)}`).join(' and ');
  const changed = changedSql({ keys, given, kept, time });
  const marks = '_begins, _there';
  return `with fresh as (select *, ${begins(time, 'source', now)} as _begins, true as _there from source),
known as (select * from history where is_current),
ends as (select ${keys.map(quoteName).join(', ')}, max(valid_to) as _ended from history group by ${keys.map(quoteName).join(', ')}),
judged as (
  select h.*, f.${marks.replace(', ', ', f.')}, coalesce(${changed}, false) as _changed
  from history as h left join fresh as f on h.is_current and ${onKeys('h', 'f')}
),
stays as (
  select * exclude (_begins, _there, _changed) replace (
    case when is_current and (_there is null or _changed) then greatest(coalesce(_begins, ${now}), valid_from) else valid_to end as valid_to,
    is_current and _there is not null and not _changed as is_current
  ) from judged
),
begun as (
  select f.* exclude (${marks}),
    greatest(f._begins, coalesce(h.valid_from, f._begins), coalesce(e._ended, f._begins)) as valid_from,
    cast(null as timestamp with time zone) as valid_to, true as is_current
  from fresh as f
  left join known as h on ${onKeys('h', 'f')}
  left join ends as e on ${onKeys('e', 'f')}
  where h.is_current is null or coalesce(${changed}, false)
)
select * from stays union all by name select * from begun`;
}

const begins = (time: string | undefined, table: string, now: string): string =>
  time === undefined ? now : `coalesce(cast(${table}.${quoteName(time)} as timestamp with time zone), ${now})`;

/** True when the row `f` is another than the row `h` of the same keys. */
function changedSql({ keys, given, kept, time }: Omit<HistoryShape, 'now'>): string {
  if (time !== undefined && kept.includes(time)) return `f.${quoteName(time)} > h.${quoteName(time)}`;
  const compared = given.filter((name) => !keys.includes(name));
  const differs = compared.map((name) =>
    kept.includes(name) ? `f.${quoteName(name)} is distinct from h.${quoteName(name)}` : `f.${quoteName(name)} is not null`,
  );
  return differs.length > 0 ? `(${differs.join(' or ')})` : 'false';
}
