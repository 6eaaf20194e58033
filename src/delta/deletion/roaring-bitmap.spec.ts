import { readRoaringBitmap } from './roaring-bitmap.js';
import { fromZ85 } from './z85.js';

const u16 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16LE(value, 2 * index));
  return bytes;
};
const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32LE(value, 4 * index));
  return bytes;
};
/** One 64-bit bitmap of buckets, each with the upper half of its numbers. */
const bitmap = (...buckets: readonly (readonly [high: number, bytes: Buffer])[]): Buffer =>
  Buffer.concat([u32(buckets.length, 0), ...buckets.flatMap(([high, bytes]) => [u32(high), bytes])]);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a Roaring bitmap', () => {
  it('has the numbers of the example in the Delta protocol', () => {
    // Its twelve first bytes are those of an older form.
    const bucket = fromZ85('wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L').subarray(12);
    expect(readRoaringBitmap(bitmap([0, bucket]))).toEqual([3, 4, 7, 11, 18, 29]);
  });

  it('holds few numbers as a list, in containers of 2^16', () => {
    const bucket = Buffer.concat([u32(12_346, 2), u16(0, 1, 7, 0), u32(0, 0), u16(5, 65_535), u16(9)]);
    expect(readRoaringBitmap(bitmap([0, bucket]))).toEqual([5, 65_535, 7 * 65_536 + 9]);
  });

  it('holds many as bits, to the last one', () => {
    const bits = Buffer.alloc(8192, 0xff);
    bits[0] = 0b1111_1110;
    const bucket = Buffer.concat([u32(12_346, 1), u16(0, 65_534), u32(0), bits]);
    expect(readRoaringBitmap(bitmap([0, bucket]))).toEqual(upTo(65_536).slice(1));
  });

  it.each([1, 5])('holds those that follow each other as runs, in %i containers', (count) => {
    const keys = upTo(count).flatMap((key) => [key, 4]);
    const offsets = count < 4 ? Buffer.alloc(0) : u32(...upTo(count));
    const runs = upTo(count).map(() => u16(2, 10, 2, 100, 1));
    const bucket = Buffer.concat([u32(12_347 | ((count - 1) << 16)), Buffer.from([0xff]), u16(...keys), offsets, ...runs]);
    const each = [10, 11, 12, 100, 101];
    expect(readRoaringBitmap(bitmap([0, bucket]))).toEqual(upTo(count).flatMap((key) => each.map((n) => key * 65_536 + n)));
  });

  it('goes beyond 32 bits, and may be empty', () => {
    const bucket = Buffer.concat([u32(12_346, 1), u16(0, 0), u32(0), u16(3)]);
    expect(readRoaringBitmap(bitmap([0, bucket], [2, bucket]))).toEqual([3, 2 ** 33 + 3]);
    expect(readRoaringBitmap(bitmap())).toEqual([]);
  });

  it('is refused when it is cut off or something else', () => {
    const whole = bitmap([0, Buffer.concat([u32(12_346, 1), u16(0, 1), u32(0), u16(3, 4)])]);
    for (const length of upTo(whole.length)) expect(() => readRoaringBitmap(whole.subarray(0, length))).toThrow(RangeError);
    expect(() => readRoaringBitmap(bitmap([0, u32(1)]))).toThrow('no Roaring bitmap');
  });
});

describe('Z85', () => {
  it('gives the bytes of the example in its specification', () => {
    expect(fromZ85('HelloWorld').toString('hex')).toBe('864fd26fb559f75b');
  });

  it.each(['Hello1', 'Hel"o', '#####'])('refuses %s', (text) => expect(() => fromZ85(text)).toThrow(RangeError));
});
