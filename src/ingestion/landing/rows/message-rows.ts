import { isUtf8 } from 'node:buffer';
import type { StoredMessage } from '../../../engines/stream/stream.port.js';
import type { MessageSchema } from '../../topic.types.js';
import type { LandedColumns } from './landed-columns.js';

/** A row of JSON must fit into what the SQL engine sets aside for one. */
const MOST_VALUE_BYTES = 4 * 1024 * 1024;
/** Milliseconds that a Date can hold. */
const MOST_TIME = 8.64e15;

/** Up to which escaped text is looked through. */
const MOST_DEPTH = 1_000;

/** Why a message becomes no row. */
export class Flaw {
  constructor(readonly reason: string) {}
}

/**
 * Makes a line of a message: `{"k":key,"p":partition,"o":offset,"t":timestamp,"v":value}`, the value as it was received. It is
 * parsed only to see whether it fits; objects are not written again, so that numbers keep all of their digits.
 */
export class MessageRows {
  /** @param schema of the topic; null when it has none */
  constructor(
    private readonly schema: MessageSchema | null,
    private readonly columns: LandedColumns,
  ) {}

  line({ key, partition, offset, timestamp, value }: StoredMessage): string | Flaw {
    if (!(Math.abs(timestamp) <= MOST_TIME)) return new Flaw('its timestamp is no time');
    const text = value === null ? 'null' : this.text(value);
    if (typeof text !== 'string') return text;
    const begin = key === null ? '{"k":null,"p":' : `{"k":${JSON.stringify(key)},"p":`;
    return `${begin}${partition},"o":${offset},"t":${timestamp},"v":${text}}\n`;
  }

  private text(bytes: Buffer): string | Flaw {
    if (bytes.length > MOST_VALUE_BYTES) {
      return new Flaw(`it has ${bytes.length} bytes, and a row takes ${MOST_VALUE_BYTES} at most`);
    }
    const text = bytes.toString();
    // What stands for bytes that are none may also have been sent.
    if (text.includes('\uFFFD') && !isUtf8(bytes)) return new Flaw('it is not UTF-8');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return new Flaw(`it is not JSON: ${(error as Error).message}`);
    }
    const flaw = this.schema?.flaw(value) ?? this.unlike(value, text);
    if (flaw !== undefined) return new Flaw(flaw);
    // Between its parts JSON may have line breaks, which end a row.
    return text.includes('\n') || text.includes('\r') ? text.replaceAll(/[\r\n]/g, ' ') : text;
  }

  private unlike(value: unknown, text: string): string | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object';
    if (text.includes('\\u') && !isWellFormed(value)) {
      return 'it has half of a surrogate pair, which is no text, or is nested too deep';
    }
    return this.columns.misfit(value as Readonly<Record<string, unknown>>);
  }
}

function isWellFormed(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (depth > MOST_DEPTH) return false;
  return Object.entries(value).every(([name, field]) => name.isWellFormed() && isWellFormed(field, depth + 1));
}
