import { readerOf } from '../definition/field.js';
import { type OutputColumn, type OutputValues, PoisonEvent } from '../processing/operator.types.js';
import type { GroupColumn, GroupType } from './window.schema.js';

/** Stands for a missing text; no text of an event may hold it. */
const NULL = '\0';

type Scalar = string | number | boolean | null;

/** What divides events into groups, as one text from which the values can be told again. */
export class GroupKey {
  private readonly readers: readonly ((value: Readonly<Record<string, unknown>>) => Scalar)[];
  /** One text is its own key. */
  private readonly plain: boolean;

  constructor(private readonly groups: readonly GroupColumn[]) {
    this.readers = groups.map(readerOfGroup);
    this.plain = groups.length === 1 && groups[0].type === 'text';
  }

  get columns(): OutputColumn[] {
    return this.groups.map(({ column, type }) => ({ name: column, type }));
  }

  /** @throws {PoisonEvent} for a value that is not of its type */
  keyOf(value: Readonly<Record<string, unknown>>): string {
    if (this.plain) return (this.readers[0](value) as string | null) ?? NULL;
    if (this.readers.length === 0) return '';
    return JSON.stringify(this.readers.map((read) => read(value)));
  }

  valuesOf(key: string): OutputValues {
    const values = this.plain ? [key === NULL ? null : key] : key === '' ? [] : (JSON.parse(key) as Scalar[]);
    return Object.fromEntries(this.groups.map(({ column }, index) => [column, values[index]]));
  }

  /** Of messages about the group. */
  messageKey(key: string): string | null {
    return key === NULL || key === '' ? null : key;
  }
}

function readerOfGroup({ path, type }: GroupColumn): (value: Readonly<Record<string, unknown>>) => Scalar {
  const read = readerOf(path);
  return (value) => {
    const given = read(value) ?? null;
    return given === null ? null : scalarOf(given, path, type);
  };
}

function scalarOf(given: unknown, path: string, type: GroupType): Scalar {
  if (type === 'text') {
    if (typeof given === 'string' && !given.includes(NULL) && given.isWellFormed()) return given;
    if (typeof given === 'number' || typeof given === 'boolean') return String(given);
    throw new PoisonEvent(`${path}: must be text that every database can keep: well-formed, without NUL`);
  }
  if (type === 'boolean' && typeof given === 'boolean') return given;
  if (type === 'double' && typeof given === 'number' && Number.isFinite(given)) return given;
  if (type === 'bigint' && Number.isSafeInteger(given)) return given as number;
  throw new PoisonEvent(`${path}: must be of the type ${type}`);
}
