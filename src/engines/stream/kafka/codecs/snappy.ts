import { Output } from './output.js';

/** Java's clients put blocks behind each other below this, and two version numbers; others send one bare block. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER = 16;

/**
 * Undoes Snappy, bare or as Java's clients frame it.
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 * @throws {RangeError} for bytes that are not so
 */
export function decompressSnappy(input: Buffer): Buffer {
  if (!input.subarray(0, XERIAL.length).equals(XERIAL)) return decompressBlock(input);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER; at < input.length;) {
    const length = input.readInt32BE(at);
    if (length < 0 || at + 4 + length > input.length) throw new RangeError('A Snappy block goes on beyond the end');
    blocks.push(decompressBlock(input.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

function decompressBlock(block: Buffer): Buffer {
  let [at, size] = [0, 0];
  for (let shift = 0, more = true; more; shift += 7) {
    const byte = block.readUInt8(at++);
    size += (byte & 0x7f) * 2 ** shift;
    more = byte >= 0x80;
  }
  const output = new Output(Math.min(size, block.length * 64));
  while (at < block.length) {
    const tag = block[at++];
    const kind = tag & 3;
    if (kind === 0) {
      const bytes = Math.max(0, (tag >> 2) - 59);
      const length = (bytes === 0 ? tag >> 2 : block.readUIntLE(at, bytes)) + 1;
      at += bytes;
      if (at + length > block.length) throw new RangeError('A Snappy literal goes on beyond the end');
      output.append(block.subarray(at, at + length));
      at += length;
    } else if (kind === 1) {
      output.repeat(((tag >> 5) << 8) | block.readUInt8(at++), ((tag >> 2) & 7) + 4);
    } else {
      const bytes = kind === 2 ? 2 : 4;
      output.repeat(block.readUIntLE(at, bytes), (tag >> 2) + 1);
      at += bytes;
    }
  }
  if (output.bytes().length !== size) throw new RangeError('A Snappy block is not as long as it says');
  return output.bytes();
}
