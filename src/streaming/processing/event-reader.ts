import type { StoredMessage } from '../../engines/stream/stream.port.js';
import { readerOf } from '../definition/field.js';
import { filterOf } from '../definition/filter.js';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import { PoisonEvent, type StreamEvent } from './operator.types.js';

/** What dates can say in every output: the years 1 to 9999. */
const FIRST_TIME = Date.parse('0001-01-01T00:00:00Z');
const LAST_TIME = Date.parse('9999-12-31T00:00:00Z');
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;

export interface ReadEvent extends StreamEvent {
  /** False when a filter leaves it out: it only tells how late it is. */
  readonly wanted: boolean;
}

/** Makes events of messages. */
export class EventReader {
  private readonly wanted: (value: Readonly<Record<string, unknown>>) => boolean;
  private readonly timeOf: (value: Readonly<Record<string, unknown>>, message: StoredMessage) => number;
  private readonly ahead: number;

  constructor({ from, filter }: Pick<StreamDeclaration, 'from' | 'filter'>) {
    this.wanted = filterOf(filter);
    this.ahead = from.ahead;
    const { time } = from;
    const read = time === undefined ? undefined : readerOf(time);
    this.timeOf = read ? (value) => timeIn(read(value), time!) : (_value, message) => message.timestamp;
  }

  /**
   * @param now milliseconds since 1970, by our clock
   * @throws {PoisonEvent} when it is no event
   */
  read(message: StoredMessage, now: number): ReadEvent {
    const value = objectIn(message.value);
    const wanted = this.wanted(value);
    const time = this.timeOf(value, message);
    if (time > now + this.ahead) {
      const late = `${new Date(time).toISOString()} is ${Math.round((time - now) / 1000)} s ahead of our clock, and from.ahead allows ${this.ahead / 1000} s`;
      throw new PoisonEvent(`${late}: taken in, it would close every window before its time`);
    }
    return { time, value, message, wanted };
  }
}

function objectIn(bytes: Buffer | null): Readonly<Record<string, unknown>> {
  if (bytes === null) throw new PoisonEvent('has no value (a tombstone), so that there is nothing to count');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw new PoisonEvent(`is not JSON: ${(error as Error).message}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new PoisonEvent('must be a JSON object');
}

function timeIn(given: unknown, field: string): number {
  const time = typeof given === 'string' ? parsed(given) : given;
  if (typeof time === 'number' && time >= FIRST_TIME && time <= LAST_TIME) return Math.floor(time);
  throw new PoisonEvent(`${field}: must be a time, as ISO 8601 text or milliseconds since 1970`);
}

function parsed(text: string): number {
  const match = ISO.exec(text);
  if (!match) return NaN;
  // Without a zone it is UTC here; for Date it would be where the machine stands.
  return Date.parse(match[1] === undefined && text.length > 10 ? `${text.replace(' ', 'T')}Z` : text);
}
