import zlib from 'node:zlib';
import { teachCodecs } from '../codecs/codecs.js';
import { type FetchedRecords, messagesIn, readFetched } from './fetched-records.js';
import { RecordBatch } from './record-batch.js';

interface RecordPlan {
  readonly timestampDelta?: bigint;
  readonly offsetDelta?: number;
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly (readonly [string, string | null])[];
}

interface BatchPlan {
  readonly firstOffset?: bigint;
  readonly attributes?: number;
  readonly firstTimestamp?: bigint;
  readonly lastTimestamp?: bigint;
  readonly producerId?: bigint;
  readonly lastOffsetDelta?: number;
  readonly magic?: number;
  readonly records?: readonly RecordPlan[];
  readonly compress?: (bytes: Buffer) => Buffer;
}

const int = (value: number | bigint, bytes: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer.subarray(8 - bytes);
};

function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const sized = (bytes: Buffer | null): Buffer => (bytes ? Buffer.concat([varint(bytes.length), bytes]) : varint(-1));
const text = (value: string | null): Buffer => sized(value === null ? null : Buffer.from(value));

function aRecord({ timestampDelta = 0n, offsetDelta = 0, key = null, value = null, headers = [] }: RecordPlan): Buffer {
  const named = headers.flatMap(([name, each]) => [text(name), text(each)]);
  const places = [int(0, 1), varint(timestampDelta), varint(offsetDelta)];
  return sized(Buffer.concat([...places, sized(key), sized(value), varint(headers.length), ...named]));
}

/** As a broker writes it. */
function aBatch(plan: BatchPlan): Buffer {
  const { firstOffset = 0n, attributes = 0, firstTimestamp = 0n, lastTimestamp = 0n, producerId = -1n, magic = 2 } = plan;
  const { records = [{}], compress = (bytes) => bytes, lastOffsetDelta = records.length - 1 } = plan;
  const body = Buffer.concat([
    ...[int(0, 4), int(magic, 1), int(0, 4), int(attributes, 2), int(lastOffsetDelta, 4), int(firstTimestamp, 8)],
    ...[int(lastTimestamp, 8), int(producerId, 8), int(0, 2), int(0, 4), int(records.length, 4)],
    compress(Buffer.concat(records.map(aRecord))),
  ]);
  return Buffer.concat([int(firstOffset, 8), int(body.length, 4), body]);
}

const messagesOf = async (bytes: Buffer) => (await RecordBatch.readAll(bytes))?.flatMap((batch) => batch.messages(3));

/** The answer to a fetch of one partition. */
function anAnswer(records: Buffer, aborted: readonly (readonly [producer: bigint, first: bigint])[] = []): Buffer {
  const list = aborted.flatMap(([producer, first]) => [int(producer, 8), int(first, 8)]);
  return Buffer.concat([
    ...[int(0, 4), int(0, 2), int(0, 4), int(1, 4), int(1, 2), Buffer.from('t'), int(1, 4)],
    ...[int(3, 4), int(0, 2), int(90, 8), int(80, 8), int(0, 8), int(aborted.length, 4), ...list, int(-1, 4)],
    ...[int(records.length, 4), records],
  ]);
}

async function fetched(records: Buffer, aborted: readonly (readonly [bigint, bigint])[] = [], from = 0) {
  const [message] = (await readFetched(anAnswer(records, aborted)))?.responses[0].partitions[0].messages ?? [];
  const messages = message ? [...messagesIn({ fetchedOffset: String(from), messages: [message] }, 3)].flat() : [];
  return { message: message as FetchedRecords | undefined, offsets: messages.map(({ offset }) => offset) };
}

describe('RecordBatch', () => {
  it('reads keys, values, headers, offsets and times', async () => {
    const records: RecordPlan[] = [
      { key: Buffer.from('ä'), value: Buffer.from('{}'), headers: [['a', 'x'], ['b', null], ['a', 'y']] },
      { offsetDelta: 7, timestampDelta: -5n },
    ]; // prettier-ignore
    expect(await messagesOf(aBatch({ firstOffset: 5n, firstTimestamp: 1_700_000_000_000n, records }))).toEqual([
      {
        ...{ partition: 3, offset: 5, key: 'ä', value: Buffer.from('{}'), timestamp: 1_700_000_000_000 },
        headers: { a: 'y', b: '' },
      },
      { partition: 3, offset: 12, key: null, value: null, timestamp: 1_699_999_999_995, headers: {} },
    ]);
  });

  it.each([0n, 63n, -64n, 2n ** 27n - 1n, 2n ** 27n, -(2n ** 27n), 2n ** 40n, -(2n ** 52n)])(
    'reads the time %s',
    async (time) => {
      const [message] = (await messagesOf(aBatch({ records: [{ timestampDelta: time, value: Buffer.from('v') }] }))) ?? [];
      expect([message.timestamp, String(message.value)]).toEqual([Number(time), 'v']);
    },
  );

  it('reads the time at which the broker took it, where the topic says so', async () => {
    const [message] = (await messagesOf(aBatch({ attributes: 8, firstTimestamp: 1n, lastTimestamp: 9n }))) ?? [];
    expect(message.timestamp).toBe(9);
  });

  it.each([
    ['gzip', 1, (bytes: Buffer) => zlib.gzipSync(bytes)],
    ['zstd', 4, (bytes: Buffer) => zlib.zstdCompressSync(bytes)],
  ])('reads what was compressed by %s', async (_, attributes, compress) => {
    teachCodecs();
    const batch = aBatch({ attributes, compress, records: [{ value: Buffer.from('packed') }] });
    expect(String((await messagesOf(batch))?.[0].value)).toBe('packed');
  });

  it('leaves a batch for the next fetch that was cut', async () => {
    const whole = aBatch({});
    for (const length of [1, 30, whole.length - 1]) {
      expect(await messagesOf(Buffer.concat([whole, whole.subarray(0, length)]))).toHaveLength(1);
    }
  });

  it('does not read formats from before 0.11', async () => {
    expect(await messagesOf(Buffer.concat([aBatch({}), aBatch({ magic: 1 })]))).toBeUndefined();
  });

  it.each([0, -1, 48])('refuses a batch of %i bytes', async (length) => {
    const batch = aBatch({});
    batch.writeInt32BE(length, 8);
    await expect(messagesOf(batch)).rejects.toThrow('ends before its head');
  });

  it('refuses records that go on beyond the end of their batch', async () => {
    const batch = aBatch({ records: [{}] });
    batch.writeInt32BE(2, 57);
    await expect(messagesOf(batch)).rejects.toThrow(RangeError);
  });
});

describe('what was fetched', () => {
  const at = (firstOffset: bigint, plan: BatchPlan = {}): Buffer => aBatch({ firstOffset, ...plan });
  const of = (producerId: bigint): BatchPlan => ({ producerId, attributes: 0x10 });
  const ends = (producerId: bigint, type: number): BatchPlan => ({
    ...{ producerId, attributes: 0x30 },
    records: [{ key: Buffer.from([0, 0, 0, type]) }],
  });

  it('begins at the offset that was asked for', async () => {
    const records = at(4n, { records: [{}, { offsetDelta: 1 }, { offsetDelta: 2 }] });
    expect((await fetched(records, [], 5)).offsets).toEqual([5, 6]);
  });

  it('goes as far as its last batch, though its last message was compacted', async () => {
    const { message, offsets } = await fetched(at(4n, { lastOffsetDelta: 9 }));
    expect([message?.offset, offsets]).toEqual(['13', [4]]);
  });

  it('is without transactions that came to nothing, and with those of others', async () => {
    const parts = [at(0n, of(1n)), at(1n, of(2n)), at(2n, ends(1n, 0)), at(3n, of(1n)), at(4n, ends(1n, 1)), at(5n)];
    expect((await fetched(Buffer.concat(parts), [[1n, 0n]])).offsets).toEqual([1, 3, 5]);
  });

  it('is stepped over when it only ends transactions', async () => {
    const { message } = await fetched(at(7n, ends(1n, 1)));
    expect([message?.isControlRecord, message?.offset]).toEqual([true, '7']);
  });

  it('is nothing where nothing was', async () => {
    expect((await fetched(Buffer.alloc(0))).message).toBeUndefined();
  });
});
