import { Output } from './output.js';

const MAGIC = 0x184d2204;
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_DICTIONARY = 0x01;
const IS_STORED = 0x8000_0000;
const SHORTEST_MATCH = 4;

/**
 * Undoes the LZ4 frame format. Checksums are not looked at: Kafka has its own over the whole batch.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 * @throws {RangeError} for what is no such frame, or goes on beyond its end
 */
export function decompressLz4(input: Buffer): Buffer {
  if (input.readUInt32LE(0) !== MAGIC) throw new RangeError('These bytes are no LZ4 frame');
  const flags = input[4];
  let at = 6 + (flags & HAS_CONTENT_SIZE ? 8 : 0) + (flags & HAS_DICTIONARY ? 4 : 0) + 1;
  const output = new Output(input.length * 4);
  for (;;) {
    const header = input.readUInt32LE(at);
    if (header === 0) return output.bytes();
    const [start, end] = [at + 4, at + 4 + (header & ~IS_STORED)];
    if (end > input.length) throw new RangeError('An LZ4 block goes on beyond the end');
    const block = input.subarray(start, end);
    if (header >= IS_STORED) output.append(block);
    else decompressBlock(block, output);
    at = end + (flags & HAS_BLOCK_CHECKSUMS ? 4 : 0);
  }
}

/** Matches may begin in the blocks before it. */
function decompressBlock(block: Buffer, output: Output): void {
  let at = 0;
  const lengthOf = (start: number): number => {
    let length = start;
    if (start === 15) {
      for (let more = 255; more === 255; length += more) more = block.readUInt8(at++);
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = lengthOf(token >> 4);
    if (at + literals > block.length) throw new RangeError('LZ4 literals go on beyond the end');
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    output.repeat(distance, lengthOf(token & 15) + SHORTEST_MATCH);
  }
}
