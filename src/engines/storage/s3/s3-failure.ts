import { S3ServiceException } from '@aws-sdk/client-s3';
import { StorageAwayError, StorageRefusedError } from '../storage.errors.js';

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

/** Nothing is there. A gateway over folders also has nothing below a file. */
export const isAbsent = (error: unknown): boolean => statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket';

/** Something is there already. */
export const isTaken = (error: unknown): boolean =>
  statusOf(error) === 412 || ['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes((error as Error).name);

/** The range begins behind the end. */
export const isBehindEnd = (error: unknown): boolean => statusOf(error) === 416;

/** Of this machine, or of its settings: no service has a part in it. */
const isOurs = (error: unknown): boolean =>
  error instanceof TypeError || ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'ENOENT', 'EIO'].includes(codeOf(error));
const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';
const lacksLogin = (error: unknown): boolean => (error as Error).name === 'CredentialsProviderError';

/** Worth another attempt: nobody said no, nor that he does not know what it is (501). A 409 is a writer who is not done yet. */
export function isPassing(error: unknown): boolean {
  const status = statusOf(error);
  if (status === undefined) return !isOurs(error) && !lacksLogin(error);
  return (status >= 500 && status !== 501) || [408, 409, 429].includes(status);
}

/** @returns what the rest of the lab understands */
export function s3Failure(error: unknown, where: string, what: string): Error {
  if (statusOf(error) === undefined && isOurs(error)) return error as Error;
  const { name, message } = error as Error;
  const reason = message && message !== 'UnknownError' ? message : name;
  return isPassing(error) ? new StorageAwayError(where, reason) : new StorageRefusedError(where, what, reason);
}
