/** How the columns of a file differ from those of its table. */
export interface ColumnChange {
  readonly change: 'added' | 'missing';
  readonly column: string;
  readonly type: string;
}
