import { promisify } from 'node:util';
import zlib from 'node:zlib';
import kafkajs from 'kafkajs';
import { decompressLz4 } from './lz4.js';
import { decompressSnappy } from './snappy.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** What kafkajs calls; we write without compression, and read what others write. */
const readOnly = (decompress: (input: Buffer) => Buffer | Promise<Buffer>) => () => ({
  compress: (): never => {
    throw new Error(
      'Messages are written without compression; set compression.type of the topic, and the broker compresses them',
    );
  },
  decompress: async (input: Buffer): Promise<Buffer> => decompress(input),
});

/** kafkajs brings gzip along, and takes the others. */
export function teachCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = readOnly(decompressSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = readOnly(decompressLz4);
  // Node 20 has it not.
  if (zlib.zstdDecompress) CompressionCodecs[CompressionTypes.ZSTD] = readOnly(promisify(zlib.zstdDecompress));
}
