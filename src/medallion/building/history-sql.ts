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
 * What changes in the table `history` with the rows of `source`: of those that changed or went away the row as it ends
 * (`valid_to`, not `is_current`), and what comes in their place beginning where they end. Nothing of what stays as it is.
 */
export function changedHistory(shape: HistoryShape): string {
  return `${judged(shape)}
${ends(shape)} where _there is null or _changed union all by name select * from begun`;
}

/** The whole of what the table `history` becomes: {@link changedHistory} with all that stays as it is. */
export function nextHistory(shape: HistoryShape): string {
  return `${judged(shape)}
${ends(shape)} where _there is null or _changed
union all by name select * from history where is_current is not true
union all by name select ${OWN} from judged where not (_there is null or _changed) union all by name select * from begun`;
}

const OWN = '* exclude (_begins, _there, _changed)';

const ends = ({ now }: HistoryShape): string =>
  `select ${OWN} replace (greatest(coalesce(_begins, ${now}), valid_from) as valid_to, false as is_current) from judged`;

/** `judged`: the rows that are current, and whether they are so still; `begun`: those that become it. */
function judged({ keys, given, kept, time, now }: HistoryShape): string {
  const names = keys.map(quoteName);
  const onKeys = (left: string, right: string): string => names.map((key) => `${left}.${key} = ${right}.${key}`).join(' and ');
  const changed = `coalesce(${changedSql({ keys, given, kept, time })}, false)`;
  return `with fresh as (select *, ${begins(time, 'source', now)} as _begins, true as _there from source),
known as (select * from history where is_current),
ends as (select ${names.join(', ')}, max(valid_to) as _ended from history group by ${names.join(', ')}),
judged as (select h.*, f._begins, f._there, ${changed} as _changed from known as h left join fresh as f on ${onKeys('h', 'f')}),
begun as (
  select f.* exclude (_begins, _there),
    greatest(f._begins, coalesce(h.valid_from, f._begins), coalesce(e._ended, f._begins)) as valid_from,
    cast(null as timestamp with time zone) as valid_to, true as is_current
  from fresh as f
  left join known as h on ${onKeys('h', 'f')}
  left join ends as e on ${onKeys('e', 'f')}
  where h.is_current is null or ${changed}
)`;
}

const begins = (time: string | undefined, table: string, now: string): string =>
  time === undefined ? now : `coalesce(cast(${table}.${quoteName(time)} as timestamp with time zone), ${now})`;

/**
 * True when the row `f` is another than the row `h` of the same keys. Of two rows with a time it is the later one; a time that was
 * missing is before any. Only where neither has one do their values tell.
 */
function changedSql({ keys, given, kept, time }: Omit<HistoryShape, 'now'>): string {
  const compared = given.filter((name) => !keys.includes(name));
  const differing = compared.map((name) =>
    kept.includes(name) ? `f.${quoteName(name)} is distinct from h.${quoteName(name)}` : `f.${quoteName(name)} is not null`,
  );
  const differs = differing.length > 0 ? `(${differing.join(' or ')})` : 'false';
  if (time === undefined || !kept.includes(time)) return differs;
  const [now, then] = [`f.${quoteName(time)}`, `h.${quoteName(time)}`];
  return `coalesce(${now} > ${then}, ${then} is null and (${now} is not null or ${differs}))`;
}
