import { InvalidInputError } from '../errors/invalid-input.error.js';
import type { Feature, RawValue } from '../estimators/estimator.types.js';
import { FeatureMismatchError } from './prediction.errors.js';
import { inBlocks } from './row-blocks.js';

/** Rows as a request has them: one of the two. */
export interface RawInput {
  /** Each row a list of values in the order of the features. */
  readonly features?: readonly unknown[];
  /** Each row an object of values by the names of the features. */
  readonly records?: readonly unknown[];
}

const MOST_ISSUES = 20;
/** Of a text that is learned from by its words: they are counted in one go, and others wait for it. */
const MOST_CHARACTERS = 100_000;

/**
 * The rows in the order of the features, every value of its feature's type. In messages rows count from 1, in paths from 0.
 * @throws {InvalidInputError} with row and column of each of the first values that do not fit
 * @throws {FeatureMismatchError} when a column is unknown or lacks
 */
export async function readRows(input: RawInput, features: readonly Feature[]): Promise<RawValue[][]> {
  const given = input.records ?? input.features ?? [];
  const reader = new RowReader(input.records ? 'records' : 'features', features);
  const rows: RawValue[][] = new Array(given.length);
  await inBlocks(given.length, (from, to) => {
    for (let row = from; row < to && reader.issues.length < MOST_ISSUES; row++) rows[row] = reader.read(given[row], row);
  });
  if (reader.issues.length > 0) throw new InvalidInputError(reader.issues);
  return rows;
}

class RowReader {
  readonly issues: { path: PropertyKey[]; message: string }[] = [];
  private readonly names: readonly string[];

  constructor(
    private readonly form: 'features' | 'records',
    private readonly features: readonly Feature[],
  ) {
    this.names = features.map(({ name }) => name);
  }

  read(given: unknown, row: number): RawValue[] {
    if (this.form === 'features') {
      return Array.isArray(given) ? this.readList(given, row) : this.refuse(given, row, 'a list of values');
    }
    const isRecord = typeof given === 'object' && given !== null && !Array.isArray(given);
    return isRecord ? this.readRecord(given, row) : this.refuse(given, row, 'an object of values by name');
  }

  private readList(given: readonly unknown[], row: number): RawValue[] {
    const { length } = this.features;
    if (given.length !== length) {
      throw this.mismatch(
        row,
        `has ${given.length} ${given.length === 1 ? 'value' : 'values'} where there are ${length} features`,
      );
    }
    return this.features.map((feature, column) => this.readCell(given[column], feature, row, column));
  }

  private readRecord(given: object, row: number): RawValue[] {
    const record = given as Readonly<Record<string, unknown>>;
    const fits = this.names.every((name) => Object.hasOwn(record, name)) && Object.keys(record).length === this.names.length;
    if (!fits) throw this.mismatch(row, this.differences(record));
    return this.features.map((feature) => this.readCell(record[feature.name], feature, row, feature.name));
  }

  private differences(record: object): string {
    const lacking = this.names.filter((name) => !Object.hasOwn(record, name));
    const unknown = Object.keys(record).filter((name) => !this.names.includes(name));
    const parts = [
      lacking.length > 0 ? `lacks ${listed(lacking)} (give null for a missing value)` : '',
      unknown.length > 0 ? `has the unknown ${unknown.length > 1 ? 'fields' : 'field'} ${listed(unknown)}` : '',
    ];
    return parts.filter(Boolean).join(' and ');
  }

  private readCell(value: unknown, feature: Feature, row: number, key: PropertyKey): RawValue {
    const cell = feature.type === 'number' ? asNumber(value) : asText(value);
    const expected = feature.type === 'number' ? 'a number' : 'a text';
    if (cell === undefined) return this.refuseCell([row, key], feature, `expected ${expected}, got ${brief(value)}`);
    if (feature.type === 'text' && typeof cell === 'string' && cell.length > MOST_CHARACTERS) {
      return this.refuseCell([row, key], feature, `expected at most ${MOST_CHARACTERS} characters, got ${cell.length}`);
    }
    return cell;
  }

  private refuseCell([row, key]: readonly [number, PropertyKey], { name }: Feature, what: string): null {
    this.issues.push({ path: [this.form, row, key], message: `row ${row + 1}, column "${name}": ${what}` });
    return null;
  }

  private refuse(given: unknown, row: number, expected: string): RawValue[] {
    this.issues.push({ path: [this.form, row], message: `row ${row + 1}: expected ${expected}, got ${brief(given)}` });
    return [];
  }

  private mismatch(row: number, what: string): FeatureMismatchError {
    return new FeatureMismatchError(`Row ${row + 1} ${what}`, this.names);
  }
}

/** A boolean column of a table is a feature of zeros and ones. */
function asNumber(value: unknown): number | null | undefined {
  if (value === null || typeof value === 'boolean') return value === null ? null : Number(value);
  // JSON has no infinity, but 1e999 is parsed into one.
  return Number.isFinite(value) ? (value as number) : undefined;
}

const asText = (value: unknown): string | null | undefined => (value === null || typeof value === 'string' ? value : undefined);

const listed = (names: readonly string[]): string =>
  names
    .slice(0, 10)
    .map((name) => brief(name))
    .join(', ') + (names.length > 10 ? ', …' : '');

function brief(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}
