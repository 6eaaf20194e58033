import { type CsvSyntax, fieldsOf } from './csv-record.js';

/** So many rows are looked at before the types are guessed; a guess that does not hold for the others is widened later. */
const SAMPLE_ROWS = 10_000;

export type GuessedType = 'BOOLEAN' | 'BIGINT' | 'DOUBLE' | 'DATE' | 'TIMESTAMP' | 'TIMESTAMP WITH TIME ZONE' | 'VARCHAR';

const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?$/;

/** Guesses the types of columns from the text of their first rows. */
export class ColumnSample {
  private rows = 0;
  private readonly types: (GuessedType | undefined)[] = [];

  constructor(
    private readonly syntax: CsvSyntax,
    private readonly options: { readonly nullValue?: string; readonly decimal: '.' | ',' },
  ) {}

  get full(): boolean {
    return this.rows >= SAMPLE_ROWS;
  }

  add(record: string): void {
    this.rows++;
    for (const [column, field] of fieldsOf(record, this.syntax).entries()) {
      const known = this.types[column];
      if (field === null || field === '' || field === this.options.nullValue || known === 'VARCHAR') continue;
      const type = guess(field, this.options.decimal);
      this.types[column] = known === undefined ? type : joined(known, type);
    }
  }

  /** A column in which no value stands is text. */
  typeOf(column: number): GuessedType {
    return this.types[column] ?? 'VARCHAR';
  }
}

/** What a number looks like decides: `007` is a name, since the zeros would be lost. */
export function guess(text: string, decimal: '.' | ',' = '.'): GuessedType {
  if (/^-?(0|[1-9]\d{0,17})$/.test(text)) return 'BIGINT';
  const number = decimal === ',' ? /^-?(0|[1-9]\d*)(,\d+)?([eE][+-]?\d{1,3})?$/ : /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$/;
  // Digits that a double does not hold are kept as text.
  if (number.test(text)) return text.replaceAll(/\D/g, '').length <= 17 ? 'DOUBLE' : 'VARCHAR';
  if (/^(true|false)$/i.test(text)) return 'BOOLEAN';
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return 'DATE';
  const zone = TIME.exec(text);
  return zone ? (zone[3] ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP') : 'VARCHAR';
}

function joined(one: GuessedType, other: GuessedType): GuessedType {
  if (one === other) return one;
  const both = [one, other].sort().join();
  if (both === 'BIGINT,DOUBLE') return 'DOUBLE';
  return both === 'DATE,TIMESTAMP' ? 'TIMESTAMP' : 'VARCHAR';
}
