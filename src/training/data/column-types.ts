/** What a column is to a training, by the name that SQL has for its type. */
export const NUMERIC =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN)$/;
export const NESTED = /^(STRUCT|MAP|UNION)\b|\]$/;
