/** What the environment `deltalake` holds. */
export const DELTALAKE: readonly string[] = [
  'deltalake==1.6.6',
  'pyarrow==23.0.1',
  'duckdb==1.5.5',
  'duckdb-extension-delta==1.5.5',
];
