import kafkajs from 'kafkajs';
import type { MessageHeaders, StoredMessage } from '../../stream.port.js';
import { ByteCursor } from './byte-cursor.js';

/** Of the format that brokers have written since 0.11. */
const MAGIC = 2;
const MAGIC_AT = 16;
const LENGTH_AT = 8;
/** What stands before the bytes that the length counts. */
const BEFORE_LENGTH_COUNTS = 12;
const HEAD_BYTES = 61;

const CODEC = 0x07;
const STAMPED_BY_BROKER = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** Where the type stands in the key of a record that ends a transaction, and the one for which it came to nothing. */
const TYPE_AT = 2;
const ABORT = 0;

const NO_HEADERS: MessageHeaders = Object.freeze({});

/** What stands before the records of a batch. */
interface Head {
  readonly firstOffset: number;
  readonly attributes: number;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: bigint;
  readonly lastTimestamp: bigint;
  readonly producerId: bigint;
  readonly count: number;
}

/** Messages as Kafka keeps them. They are made when they are asked for: until then they take what their bytes take. */
export class RecordBatch {
  private constructor(
    private readonly head: Head,
    private readonly records: Buffer,
  ) {}

  /**
   * @returns those that are there as a whole; undefined when one of them is in an older format
   * @throws {RangeError} for what is no batch
   */
  static async readAll(bytes: Buffer): Promise<RecordBatch[] | undefined> {
    const batches: RecordBatch[] = [];
    for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
      if (bytes[at + MAGIC_AT] !== MAGIC) return undefined;
      const end = at + BEFORE_LENGTH_COUNTS + bytes.readInt32BE(at + LENGTH_AT);
      if (end < at + HEAD_BYTES) throw new RangeError('A batch of records ends before its head does');
      // The last one is cut where the answer has as many bytes as were asked for.
      if (end > bytes.length) break;
      batches.push(await RecordBatch.read(bytes.subarray(at, end)));
      at = end;
    }
    return batches;
  }

  get firstOffset(): number {
    return this.head.firstOffset;
  }

  /** Its message may be gone by compaction. */
  get lastOffset(): number {
    return this.head.firstOffset + this.head.lastOffsetDelta;
  }

  /** All its messages are from one producer. */
  get producerId(): bigint {
    return this.head.producerId;
  }

  get isTransactional(): boolean {
    return (this.head.attributes & TRANSACTIONAL) > 0;
  }

  /** It only ends a transaction. */
  get isControl(): boolean {
    return (this.head.attributes & CONTROL) > 0;
  }

  /** It ends a transaction that came to nothing. */
  get isAbort(): boolean {
    if (!this.isControl || this.head.count === 0) return false;
    const { key } = rawRecord(new ByteCursor(this.records));
    return key?.readInt16BE(TYPE_AT) === ABORT;
  }

  /** Values are windows on what was fetched: all of it stays in memory as long as one of them. */
  messages(partition: number): StoredMessage[] {
    const cursor = new ByteCursor(this.records);
    return Array.from({ length: this.head.count }, () => this.message(cursor, partition));
  }

  private message(cursor: ByteCursor, partition: number): StoredMessage {
    const { timestampDelta, offsetDelta, key, value, headers } = rawRecord(cursor);
    return {
      partition,
      offset: this.head.firstOffset + offsetDelta,
      key: key?.toString() ?? null,
      value: value ?? null,
      headers,
      timestamp: this.timestamp(timestampDelta),
    };
  }

  private timestamp(delta: number | bigint): number {
    const { attributes, firstTimestamp, lastTimestamp } = this.head;
    if ((attributes & STAMPED_BY_BROKER) > 0) return Number(lastTimestamp);
    return typeof delta === 'number' ? Number(firstTimestamp) + delta : Number(firstTimestamp + delta);
  }

  private static async read(bytes: Buffer): Promise<RecordBatch> {
    const head = headOf(new ByteCursor(bytes));
    const records = bytes.subarray(HEAD_BYTES);
    const codec = codecOf(head.attributes);
    return new RecordBatch(head, codec ? await codec.decompress(records) : records);
  }
}

function headOf(cursor: ByteCursor): Head {
  const firstOffset = Number(cursor.int64());
  // Length, epoch of the leader, format and checksum: the connection has one of its own.
  cursor.skip(4 + 4 + 1 + 4);
  const [attributes, lastOffsetDelta] = [cursor.int16(), cursor.int32()];
  const [firstTimestamp, lastTimestamp, producerId] = [cursor.int64(), cursor.int64(), cursor.int64()];
  // Epoch and first number of the producer.
  cursor.skip(2 + 4);
  return { firstOffset, attributes, lastOffsetDelta, firstTimestamp, lastTimestamp, producerId, count: cursor.int32() };
}

function rawRecord(cursor: ByteCursor) {
  cursor.varint();
  // Attributes, of which there are none.
  cursor.skip(1);
  const [timestampDelta, offsetDelta] = [cursor.varlong(), cursor.varint()];
  const [key, value] = [cursor.slice(cursor.varint()), cursor.slice(cursor.varint())];
  return { timestampDelta, offsetDelta, key, value, headers: headersOf(cursor) };
}

/** Of those with one name the last counts. */
function headersOf(cursor: ByteCursor): MessageHeaders {
  const count = cursor.varint();
  if (count <= 0) return NO_HEADERS;
  return Object.fromEntries(Array.from({ length: count }, () => [textOf(cursor), textOf(cursor)]));
}

const textOf = (cursor: ByteCursor): string => cursor.slice(cursor.varint())?.toString() ?? '';

/** Those that kafkajs brings along, or was taught. */
function codecOf(attributes: number): { decompress(bytes: Buffer): Promise<Buffer> } | undefined {
  const codecs = kafkajs.CompressionCodecs as unknown as Partial<
    Record<number, () => { decompress(bytes: Buffer): Promise<Buffer> }>
  >;
  return codecs[attributes & CODEC]?.();
}
