const WIDEST = 60;

/** Rows as columns that stand under each other, for people. @param widest characters of a value, of which the rest is cut */
export function textTable(columns: readonly string[], rows: readonly (readonly unknown[])[], widest = WIDEST): string {
  const lines = [columns, ...rows].map((row) => row.map((value) => cell(value, widest)));
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(value: unknown, widest: number): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > widest ? `${line.slice(0, widest - 1)}…` : line;
}
