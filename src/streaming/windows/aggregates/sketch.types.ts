import type { ByteWriter } from '../../processing/bytes.js';

/** An aggregate whose state is bounded whatever comes, and whose answer is near. */
export interface Sketch<V> {
  add(value: V): void;
  merge(other: this): void;
  write(to: ByteWriter): void;
}
