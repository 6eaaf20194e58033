import type { DuckDBValue } from '@duckdb/node-api';
import { BufferType, Data, type DataType } from 'apache-arrow';

/** With null for what is missing. */
export type Values = readonly DuckDBValue[];

type Buffers = ConstructorParameters<typeof Data>[4];

/** Values of one size. @param data as long as the values, all zero */
export function fixed<T>(
  type: DataType,
  data: ArrayBufferView & Record<number, T>,
  values: Values,
  convert: (value: DuckDBValue) => T,
): Data {
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value !== null) data[row] = convert(value);
  }
  return packed(type, values, { [BufferType.DATA]: data });
}

/** Values of 128 bits. */
export function wide(type: DataType, values: Values, convert: (value: DuckDBValue) => bigint): Data {
  const halves = new BigUint64Array(2 * values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null) continue;
    const whole = convert(value);
    halves[2 * row] = BigInt.asUintN(64, whole);
    halves[2 * row + 1] = BigInt.asUintN(64, whole >> 64n);
  }
  return packed(type, values, { [BufferType.DATA]: new type.ArrayType(halves.buffer) });
}

export const bits = (type: DataType, values: Values): Data =>
  packed(type, values, { [BufferType.DATA]: bitmap(values, (value) => value === true) });

export function texts(type: DataType, values: Values): Data {
  const sizes = values.map((text) => (text === null ? 0 : Buffer.byteLength(text as string)));
  const offsets = offsetsOf(sizes);
  const data = Buffer.alloc(offsets[values.length]);
  for (let row = 0; row < values.length; row++) if (sizes[row] > 0) data.write(values[row] as string, offsets[row], 'utf8');
  return packed(type, values, { [BufferType.OFFSET]: offsets, [BufferType.DATA]: data });
}

export function bytes(type: DataType, values: Values, bytesOf: (value: DuckDBValue) => Uint8Array): Data {
  const held = values.map((value) => (value === null ? new Uint8Array() : bytesOf(value)));
  const offsets = offsetsOf(held.map(({ length }) => length));
  return packed(type, values, { [BufferType.OFFSET]: offsets, [BufferType.DATA]: Buffer.concat(held) });
}

/** Values that hold values of one kind, any number of them. */
export function variable<T>(
  type: DataType,
  values: Values,
  heldBy: (value: DuckDBValue) => readonly T[],
  pack: (held: readonly T[]) => Data,
): Data {
  const held = values.map((value) => (value === null ? [] : heldBy(value)));
  const offsets = offsetsOf(held.map(({ length }) => length));
  return packed(type, values, { [BufferType.OFFSET]: offsets }, [pack(held.flat())]);
}

/** Values that hold one value of each child. */
export const nested = (type: DataType, values: readonly unknown[], children: Data[]): Data => packed(type, values, {}, children);

function packed(type: DataType, values: readonly unknown[], buffers: object, children: Data[] = []): Data {
  const nulls = values.reduce<number>((count, value) => count + (value === null ? 1 : 0), 0);
  const validity = nulls === 0 ? {} : { [BufferType.VALIDITY]: bitmap(values, (value) => value !== null) };
  return new Data(type, 0, values.length, nulls, { ...buffers, ...validity } as Buffers, children);
}

function bitmap(values: readonly unknown[], isSet: (value: unknown) => boolean): Uint8Array {
  const map = new Uint8Array((values.length + 7) >> 3);
  for (let row = 0; row < values.length; row++) if (isSet(values[row])) map[row >> 3] |= 1 << (row & 7);
  return map;
}

function offsetsOf(sizes: readonly number[]): Int32Array {
  const offsets = new Int32Array(sizes.length + 1);
  for (let row = 0; row < sizes.length; row++) offsets[row + 1] = offsets[row] + sizes[row];
  return offsets;
}
