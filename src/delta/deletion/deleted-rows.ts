import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { FileNotFoundError } from '../../engines/storage/storage.errors.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { CorruptFileError } from '../delta.errors.js';
import type { DataFile } from '../delta.types.js';
import { readRoaringBitmap } from './roaring-bitmap.js';
import { fromZ85 } from './z85.js';

type DeletionVector = NonNullable<DataFile['deletionVector']>;

const MAGIC = 1_681_511_377;
const SIZE_BYTES = 4;
const CHECKSUM_BYTES = 4;

/**
 * The numbers of the rows of a file that count as removed, ascending (Delta protocol, "Deletion Vector Format").
 * @throws {CorruptFileError} when it is not what the log says
 */
export async function deletedRows(storage: LakeStorage, file: string, vector: DeletionVector): Promise<number[]> {
  const name = vector.path ?? `the deletion vector of ${file}`;
  try {
    const bytes = vector.path === undefined ? fromZ85(vector.inline ?? '') : await stored(storage, vector.path, vector);
    if (bytes.readUInt32LE(0) !== MAGIC) throw new RangeError('it begins otherwise than a deletion vector');
    const rows = readRoaringBitmap(bytes.subarray(SIZE_BYTES, vector.bytes));
    if (rows.length === vector.rows) return rows;
    throw new RangeError(`it has ${rows.length} rows, and the log says ${vector.rows}`);
  } catch (error) {
    if (error instanceof RangeError || error instanceof FileNotFoundError) throw new CorruptFileError(name, error.message);
    throw error;
  }
}

/** Its size stands before it and a checksum behind it; a file may hold several. */
async function stored(storage: LakeStorage, path: string, { offset = 0, bytes }: DeletionVector): Promise<Buffer> {
  const end = offset + SIZE_BYTES + bytes + CHECKSUM_BYTES;
  const found = path.startsWith('file:')
    ? (await readFile(fileURLToPath(path))).subarray(offset, end)
    : await storage.readRange(path, offset, end);
  if (found.length < end - offset) throw new RangeError(`it ends after ${offset + found.length} bytes`);
  if (found.readUInt32BE(0) !== bytes) throw new RangeError(`it has ${found.readUInt32BE(0)} bytes, and the log says ${bytes}`);
  const data = found.subarray(SIZE_BYTES, SIZE_BYTES + bytes);
  if (crc32(data) !== found.readUInt32BE(SIZE_BYTES + bytes)) throw new RangeError('its checksum is another');
  return data;
}
