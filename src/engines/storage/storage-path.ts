import { posix } from 'node:path';
import { PathOutsideStorageError } from './storage.errors.js';

/** Below each root, and no part of the storage. */
export const STAGING = '.staging';

/** @throws {PathOutsideStorageError} for a path that is absolute, climbs, has an empty part, or leads to what is staged */
export function checkPath(path: string): void {
  const parts = path.split('/');
  const strange = parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
  if (strange || parts[0] === STAGING) throw new PathOutsideStorageError(path);
}

/** @param prefix text that paths begin with, up to the middle of a name @throws {PathOutsideStorageError} */
export function checkPrefix(prefix: string): void {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (folder) checkPath(folder.slice(0, -1));
}

/**
 * @param location a path from the root of a disk, or from the name of a bucket
 * @returns what it is below one of some folders; undefined when it is below none
 */
export function pathBelow(folders: readonly string[], location: string): string | undefined {
  const path = posix.normalize(location);
  const folder = folders.find((candidate) => path.startsWith(`${candidate}/`));
  return folder === undefined ? undefined : path.slice(folder.length + 1) || undefined;
}
