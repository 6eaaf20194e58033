import { crc32 } from 'node:zlib';
import { arrayOf, type ModelFile, readModelFile, writeModelFile } from './model-file.js';

const aFile = (overrides: Partial<ModelFile> = {}): ModelFile => ({
  estimator: 'random_forest',
  problem: 'classification',
  features: [{ name: 'São Paulo', type: 'category' }],
  classes: ['late', 3, false],
  state: { scale: 2 },
  arrays: { bytes: Uint8Array.of(1, 2, 3), values: Float64Array.of(Math.PI, -0, Infinity), none: new Int32Array(0) },
  ...overrides,
});

/** Bytes with a right checksum, whatever stands in them. */
function sealed(bytes: Uint8Array): Uint8Array {
  new DataView(bytes.buffer).setUint32(12, crc32(bytes.subarray(16)), true);
  return bytes;
}

describe('a model file', () => {
  it('gives back what was written', () => {
    expect(readModelFile(writeModelFile(aFile()))).toEqual(aFile());
  });

  it('has its arrays where they can be used in place', () => {
    const bytes = writeModelFile(aFile());
    expect(arrayOf(readModelFile(bytes), 'values', 'float64').buffer).toBe(bytes.buffer);
  });

  it('is read from bytes that lie anywhere', () => {
    const bytes = new Uint8Array(writeModelFile(aFile()).length + 1).subarray(1);
    bytes.set(writeModelFile(aFile()));
    expect(readModelFile(bytes)).toEqual(aFile());
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'does not begin as a model file does'],
    [
      'another kind of file',
      new TextEncoder().encode('PK\u0003\u0004 this is an archive of some kind'),
      'does not begin as a model file does',
    ],
    ['half a file', writeModelFile(aFile()).slice(0, 100), 'its checksum does not match'],
    ['a header that is no JSON', sealed(writeModelFile(aFile()).fill(0x20, 24, 25)), 'its header is not one of ours'],
    ['arrays that go beyond the end', sealed(writeModelFile(aFile()).slice(0, -8)), 'it ends too early'],
    [
      'bytes behind the end',
      sealed(new Uint8Array([...writeModelFile(aFile()), ...new Uint8Array(8)])),
      'it goes on behind its end',
    ],
  ])('is refused when it is %s', (_, bytes, message) => {
    expect(() => readModelFile(bytes)).toThrow(message);
  });

  it('says which version it is when that is another one', () => {
    const bytes = writeModelFile(aFile());
    bytes[8] = 9;
    expect(() => readModelFile(bytes)).toThrow('its format is version 9, this release reads version 1');
  });

  it('says which array is missing, or too short', () => {
    expect(() => arrayOf(aFile(), 'roots', 'int32')).toThrow('it lacks the array "roots"');
    expect(() => arrayOf(aFile(), 'bytes', 'int32')).toThrow('it lacks the array "bytes"');
    expect(() => arrayOf(aFile(), 'bytes', 'uint8', 4)).toThrow('"bytes" has 3 numbers instead of 4');
  });
});
