/** White space of every kind, and characters that nobody sees. */
const BLANKS = String.raw`[\s\x{00}-\x{1f}\x{7f}\x{a0}\x{ad}\x{200b}-\x{200f}\x{2028}\x{2029}\x{feff}]+`;

const distance = (over: string): string =>
  `abs(value - avg(value) OVER (${over})) / nullif(stddev_samp(value) OVER (${over}), 0)`;
const SERIES = 'PARTITION BY series';

/**
 * Functions of the lab beside those of DuckDB, for the SQL of models and of people (docs/macros.md). A statistic of a sample, where
 * there is a choice; NULL where too few values are.
 */
export const MACROS: readonly string[] = [
  `clean_text(text) AS nullif(trim(regexp_replace(nfc_normalize(text), '${BLANKS}', ' ', 'g')), '')`,
  `sigma_distance(value) AS ${distance('')}, (value, series) AS ${distance(SERIES)}`,
  `is_outlier(value) AS coalesce(${distance('')} > 3, false), (value, series) AS coalesce(${distance(SERIES)} > 3, false)`,
  `volatility_class(deviation, mean) AS CASE
    WHEN deviation / nullif(abs(mean), 0) < 0.05 THEN 'low'
    WHEN deviation / nullif(abs(mean), 0) < 0.15 THEN 'medium'
    WHEN deviation / nullif(abs(mean), 0) >= 0.15 THEN 'high'
  END`,
  `value_statistics(value, amount) AS {
    'average': avg(value), 'highest': max(value), 'lowest': min(value), 'deviation': stddev_samp(value),
    'volume': sum(amount), 'median': median(value), 'volatility': volatility_class(stddev_samp(value), avg(value))
  }`,
];
