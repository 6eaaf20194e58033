import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';

/** What Kafka itself compresses is read in test/interop. */
const TEXT = 'a lab, a lab, a lab, and once more a lab';

describe('decompressSnappy', () => {
  const literal = (text: string): Buffer =>
    Buffer.concat([Buffer.from([text.length, (text.length - 1) << 2]), Buffer.from(text)]);

  it('reads a bare block', () => {
    expect(String(decompressSnappy(literal('a lab')))).toBe('a lab');
  });

  it('reads what repeats itself while it is written', () => {
    const block = Buffer.concat([Buffer.from([9, 0]), Buffer.from('a'), Buffer.from([((8 - 4) << 2) | 1, 1])]);
    expect(String(decompressSnappy(block))).toBe('aaaaaaaaa');
  });

  it("reads the blocks of Java's clients", () => {
    const [one, two] = [literal('a lab, '), literal('and more')];
    const framed: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
    for (const block of [one, two]) framed.push(Buffer.from([0, 0, 0, block.length]), block);
    expect(String(decompressSnappy(Buffer.concat(framed)))).toBe('a lab, and more');
  });

  it.each([
    ['a literal that goes on', [9, 32, 1]],
    ['a repetition of nothing', [4, 1, 1]],
    ['another length than it says', [3, 0, 97]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decompressSnappy(Buffer.from(bytes))).toThrow(RangeError);
  });
});

describe('decompressLz4', () => {
  const frame = (...blocks: Buffer[]): Buffer => {
    const parts: Buffer[] = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])];
    for (const block of blocks) parts.push(Buffer.from([block.length, 0, 0, 0]), block);
    return Buffer.concat([...parts, Buffer.alloc(4)]);
  };
  const stored = (text: string): Buffer => {
    const parts = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, text.length, 0, 0, 0x80]), Buffer.from(text)];
    return Buffer.concat([...parts, Buffer.alloc(4)]);
  };

  it('reads literals, and what repeats them', () => {
    // "a lab, " and 14 letters of the 7 before, then "end".
    const block = Buffer.concat([Buffer.from([0x7a]), Buffer.from('a lab, '), Buffer.from([7, 0, 0x30]), Buffer.from('end')]);
    expect(String(decompressLz4(frame(block)))).toBe('a lab, a lab, a lab, end');
  });

  it('reads what was not worth compressing', () => {
    expect(String(decompressLz4(stored(TEXT)))).toBe(TEXT);
  });

  it('reads long literals, and repetitions of the block before', () => {
    const long = Buffer.concat([Buffer.from([0xf0, TEXT.length - 15]), Buffer.from(TEXT)]);
    const repeating = Buffer.from([0x01, 5, 0, 0x10, 0x21]);
    expect(String(decompressLz4(frame(long, repeating)))).toBe(`${TEXT}a lab!`);
  });

  it.each([
    ['other bytes', Buffer.from('no frame at all')],
    ['a block that goes on', Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 9, 0, 0, 0, 1])],
    ['a repetition of nothing', frame(Buffer.from([0x10, 97, 9, 0]))],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decompressLz4(bytes)).toThrow(RangeError);
  });
});
