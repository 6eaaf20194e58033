import type { Column } from '../../../engines/sql/sql.port.js';
import { type JsonSchema, LANDED_COLUMNS } from '../../topic.types.js';
import { type DeclaredField, declaredFields } from './declared-type.js';

/** More fields than this in one topic are names made of data. */
const MOST_COLUMNS = 1_000;
const BIGINT_RANGE = 2 ** 63;

type Fits = (value: unknown) => boolean;

interface LandedColumn extends Column {
  readonly fits: Fits;
}

const WHOLE = /^(TINYINT|SMALLINT|INTEGER|BIGINT)$/;
const NUMBER = /^(FLOAT|DOUBLE|DECIMAL)/;
const TEXT = /^(VARCHAR|DATE|TIMESTAMP)/;

/** The columns that the values of a topic have become, and whether a further value fits them. New fields become new columns. */
export class LandedColumns {
  private readonly columns = new Map<string, LandedColumn>();
  private readonly spellings = new Map<string, string>();
  private readonly declared: ReadonlyMap<string, DeclaredField>;

  /** @param present those of the table, which stay as they are whatever the schema says */
  constructor(present: readonly Column[], schema: JsonSchema | null) {
    this.declared = declaredFields(schema);
    for (const column of present) if (!LANDED_COLUMNS.includes(column.name)) this.add(column.name, column.type);
    for (const [name, { type }] of this.declared) if (!this.spellings.has(name.toLowerCase())) this.add(name, type);
  }

  /** @returns the columns of values; those that landing adds are not among them */
  list(): Column[] {
    return Array.from(this.columns.values(), ({ name, type }) => ({ name, type }));
  }

  /** Takes the fields of a value that are new as columns, unless something of it does not fit. @returns what does not */
  misfit(value: Readonly<Record<string, unknown>>): string | undefined {
    let unknown: [string, unknown][] | undefined;
    for (const name in value) {
      const field = value[name];
      const column = this.columns.get(name);
      if (column === undefined) {
        if (field !== null) (unknown ??= []).push([name, field]);
      } else if (field !== null && !column.fits(field)) {
        return `${name}: ${described(field)} does not fit its column, which is ${column.type}`;
      }
    }
    return unknown && this.grow(unknown);
  }

  private grow(fields: readonly (readonly [string, unknown])[]): string | undefined {
    if (this.columns.size + fields.length > MOST_COLUMNS) {
      return `with its new fields the topic has more than ${MOST_COLUMNS} columns`;
    }
    const names = new Set<string>();
    for (const [name, field] of fields) {
      const twin = this.spellings.get(name.toLowerCase()) ?? (names.has(name.toLowerCase()) ? 'another field' : undefined);
      if (name === '') return 'it has a field without a name';
      if (LANDED_COLUMNS.includes(name)) return `${name}: is the name of a column that landing adds`;
      if (twin !== undefined) return `${name}: its name differs only in upper and lower case from ${twin}`;
      if (!Number.isFinite(typeof field === 'number' ? field : 0)) return `${name}: it is larger than any DOUBLE`;
      names.add(name.toLowerCase());
    }
    for (const [name, field] of fields) this.add(name, typeOf(field));
    return undefined;
  }

  private add(name: string, type: string): void {
    const mixed = type === 'VARCHAR' && this.declared.get(name)?.mixed === true;
    this.columns.set(name, { name, type, fits: mixed ? () => true : fitOf(type) });
    this.spellings.set(name.toLowerCase(), name);
  }
}

/** Numbers without a schema are DOUBLE: a BIGINT could not widen when the first fraction comes. */
function typeOf(value: unknown): string {
  if (typeof value === 'number') return 'DOUBLE';
  return typeof value === 'boolean' ? 'BOOLEAN' : 'VARCHAR';
}

/** The SQL engine would round 1.5 to 2, and make a number of "5" and of true. */
function fitOf(type: string): Fits {
  if (WHOLE.test(type)) return (value) => Number.isInteger(value) && Math.abs(value as number) <= BIGINT_RANGE;
  if (NUMBER.test(type)) return (value) => Number.isFinite(value);
  if (type === 'BOOLEAN') return (value) => typeof value === 'boolean';
  if (type === 'VARCHAR') return (value) => typeof value === 'string' || typeof value === 'object';
  if (TEXT.test(type)) return (value) => typeof value === 'string';
  return () => true;
}

function described(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return `the number ${value}`;
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}
