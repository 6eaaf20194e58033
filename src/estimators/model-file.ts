import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Feature, PlainFeature } from './estimator.types.js';
import { CorruptModelError } from './estimators.errors.js';

const MAGIC = 'LABMODEL';
const FORMAT_VERSION = 1;
/** Magic (8 bytes), format version, CRC-32 of all that follows it, length of the header, and four bytes that align the rest. */
const PREAMBLE_BYTES = 24;
const CRC_END = 16;
const ALIGNMENT = 8;

/** Little-endian, as every machine is that runs Node. */
const ARRAY_TYPES = {
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;
type ArrayType = keyof typeof ARRAY_TYPES;
export type ModelArray = Uint8Array | Int32Array | Uint32Array | Float32Array | Float64Array;

const Label = z.union([z.string(), z.number(), z.boolean()]);

const Header = z.object({
  estimator: z.string(),
  problem: z.enum(['regression', 'classification']),
  features: z.array(z.object({ name: z.string(), type: z.enum(['number', 'category', 'text']) })).min(1),
  classes: z.array(Label),
  /** What the estimator itself keeps beside its arrays. */
  state: z.unknown(),
  arrays: z.array(
    z.object({ name: z.string(), type: z.enum(Object.keys(ARRAY_TYPES) as ArrayType[]), length: z.int().nonnegative() }),
  ),
});
type Header = z.infer<typeof Header>;

/** A model taken apart: facts in JSON, numbers in typed arrays, and no code. */
export interface ModelFile<OwnFeature extends Feature = PlainFeature> extends Omit<Header, 'arrays' | 'features'> {
  readonly features: OwnFeature[];
  readonly arrays: Readonly<Record<string, ModelArray>>;
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Preamble, JSON header, then each array from a multiple of eight bytes on, so that it can be used where it lies. */
export function writeModelFile({ arrays, ...facts }: ModelFile<Feature>): Uint8Array {
  const described = Object.entries(arrays).map(([name, array]) => ({ name, type: typeOf(array), length: array.length }));
  const header = new TextEncoder().encode(JSON.stringify({ ...facts, arrays: described }));
  const total = Object.values(arrays).reduce(
    (bytes, array) => bytes + aligned(array.byteLength),
    PREAMBLE_BYTES + aligned(header.length),
  );
  const file = new Uint8Array(total);
  file.set(new TextEncoder().encode(MAGIC));
  file.set(header, PREAMBLE_BYTES);
  let at = PREAMBLE_BYTES + aligned(header.length);
  for (const array of Object.values(arrays)) {
    file.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += aligned(array.byteLength);
  }
  const preamble = new DataView(file.buffer);
  preamble.setUint32(8, FORMAT_VERSION, true);
  preamble.setUint32(16, header.length, true);
  preamble.setUint32(12, crc32(file.subarray(CRC_END)), true);
  return file;
}

function typeOf(array: ModelArray): ArrayType {
  const found = Object.entries(ARRAY_TYPES).find(([, type]) => array instanceof type);
  return (found as [ArrayType, unknown])[0];
}

/**
 * Looks at everything that can be checked without knowing the estimator. The arrays are views of the bytes where these lie
 * aligned, and copies where they do not.
 * @throws {CorruptModelError}
 */
export function readModelFile(bytes: Uint8Array): ModelFile<Feature> {
  const preamble = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < PREAMBLE_BYTES || new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw new CorruptModelError('it does not begin as a model file does');
  }
  const version = preamble.getUint32(8, true);
  if (version !== FORMAT_VERSION) {
    throw new CorruptModelError(`its format is version ${version}, this release reads version ${FORMAT_VERSION}`);
  }
  if (preamble.getUint32(12, true) !== crc32(bytes.subarray(CRC_END))) {
    throw new CorruptModelError('its checksum does not match, bytes were lost or changed');
  }
  const headerBytes = preamble.getUint32(16, true);
  const { arrays, ...facts } = parseHeader(bytes.subarray(PREAMBLE_BYTES, PREAMBLE_BYTES + headerBytes));
  return { ...facts, arrays: readArrays(bytes, PREAMBLE_BYTES + aligned(headerBytes), arrays) };
}

/** The same for what an estimator loads itself. @throws {CorruptModelError} also when a feature is a text, which none takes as it is */
export function readPlainFile(bytes: Uint8Array): ModelFile {
  const file = readModelFile(bytes);
  if (!isPlain(file)) throw new CorruptModelError('it has a text and no vocabulary');
  return file;
}

export const isPlain = (file: ModelFile<Feature>): file is ModelFile => file.features.every(({ type }) => type !== 'text');

function parseHeader(bytes: Uint8Array): Header {
  try {
    return Header.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    throw new CorruptModelError('its header is not one of ours');
  }
}

function readArrays(bytes: Uint8Array, start: number, described: Header['arrays']): Record<string, ModelArray> {
  let at = start;
  const arrays: Record<string, ModelArray> = Object.create(null);
  for (const { name, type, length } of described) {
    const size = length * ARRAY_TYPES[type].BYTES_PER_ELEMENT;
    if (at + size > bytes.length) throw new CorruptModelError('it ends too early');
    const absolute = bytes.byteOffset + at;
    arrays[name] =
      absolute % ALIGNMENT === 0
        ? new ARRAY_TYPES[type](bytes.buffer as ArrayBuffer, absolute, length)
        : new ARRAY_TYPES[type](bytes.slice(at, at + size).buffer, 0, length);
    at += aligned(size);
  }
  if (at !== bytes.length) throw new CorruptModelError('it goes on behind its end');
  return arrays;
}

interface ArrayOf {
  uint8: Uint8Array;
  int32: Int32Array;
  uint32: Uint32Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** @throws {CorruptModelError} when the file has no such array, of another type, or of another length than the one given */
export function arrayOf<T extends ArrayType>(
  file: Pick<ModelFile, 'arrays'>,
  name: string,
  type: T,
  length?: number,
): ArrayOf[T] {
  const array = file.arrays[name];
  if (!(array instanceof ARRAY_TYPES[type])) throw new CorruptModelError(`it lacks the array "${name}"`);
  if (length !== undefined && array.length !== length) {
    throw new CorruptModelError(`its array "${name}" has ${array.length} numbers instead of ${length}`);
  }
  return array as ArrayOf[T];
}
