import type { LakeStorage } from '../../engines/storage/storage.port.js';

/**
 * @param folder of the table
 * @param uri of a file as a log names it: relative to the folder, or absolute (Delta protocol, "Add File and Remove File")
 * @returns a path in the storage, or an absolute URI for a file outside of it. Decoding makes one key of every spelling
 */
export function resolvePath(folder: string, uri: string, storage: LakeStorage): string {
  if (isOutside(uri)) return storage.pathOf(decode(uri)) ?? uri;
  if (uri.startsWith('/')) return storage.pathOf(decode(uri)) ?? `file://${uri}`;
  return `${folder}/${decode(uri)}`;
}

/** True for the URIs that are left of {@link resolvePath}. */
export const isOutside = (path: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(path);

function decode(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    // Not every writer encodes: a lone "%" is then part of the name.
    return uri;
  }
}
