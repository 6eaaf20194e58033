import { createHash } from 'node:crypto';
import { OPERATION_NAMES } from './operations.js';
import type { StreamDeclaration, StreamFile } from './stream.schema.js';

export function declarationOf(file: StreamFile): StreamDeclaration {
  const { from, filter } = file;
  const parts = [from.topic, from.time, filter, OPERATION_NAMES.map((name) => file[name]), file.to];
  return { ...file, fingerprint: createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16) };
}
