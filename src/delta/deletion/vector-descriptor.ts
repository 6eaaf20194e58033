import type { DeletionVector } from '../delta.types.js';
import type { DeletionVectorDescriptor } from '../log/action.js';
import { fromZ85 } from './z85.js';

/** Characters of a UUID in Z85: what stands before them is a folder. */
const UUID_CHARACTERS = 20;

interface File {
  readonly deletionVector?: DeletionVectorDescriptor;
}

/** What tells two versions of one file apart (Delta protocol, "Derived Fields"); empty without a vector. */
export function vectorId({ deletionVector: vector }: File): string {
  if (!vector) return '';
  const { storageType, pathOrInlineDv, offset } = vector;
  return `#${storageType}${pathOrInlineDv}${offset === undefined ? '' : `@${offset}`}`;
}

/** @param resolve gives the path in the storage of a URI that is relative to the table's folder */
export function deletionVectorOf({ deletionVector: vector }: File, resolve: (uri: string) => string): DeletionVector | undefined {
  if (!vector) return undefined;
  const { storageType, pathOrInlineDv, offset = 0, sizeInBytes, cardinality } = vector;
  const figures = { bytes: sizeInBytes, rows: cardinality };
  if (storageType === 'i') return { inline: pathOrInlineDv, ...figures };
  return { path: resolve(storageType === 'p' ? pathOrInlineDv : fileOf(pathOrInlineDv)), offset, ...figures };
}

function fileOf(text: string): string {
  const folder = text.slice(0, -UUID_CHARACTERS);
  const uuid = fromZ85(text.slice(-UUID_CHARACTERS)).toString('hex');
  const canonical = uuid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `${folder === '' ? '' : `${folder}/`}deletion_vector_${canonical}.bin`;
}
