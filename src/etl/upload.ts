import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { LabError } from '../errors/lab-error.js';
import { InvalidUploadError, UploadTooLargeError } from './etl.errors.js';

/** Other parts of the form, which nobody reads. */
const FIELDS = 10;
/** What a form has around its file. */
const FORM_BYTES = 16 * 1024;
const MEBIBYTE = 1024 * 1024;

/**
 * Takes the one file of a form as it comes in, without holding it in memory.
 * @param keep reads the whole of the file, and calls `limit` with the bytes read so far
 * @throws {InvalidUploadError} @throws {UploadTooLargeError} @throws whatever `keep` throws
 */
export async function uploaded<T>(
  request: FastifyRequest,
  megabytes: number,
  keep: (name: string, content: Readable, limit: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  const limit = (bytes: number): void => {
    if (bytes > megabytes * MEBIBYTE) throw new UploadTooLargeError(megabytes);
  };
  limit(Number(request.headers['content-length'] ?? 0) - FORM_BYTES);
  const kept: T[] = [];
  try {
    const options = { limits: { files: 1, fields: FIELDS, fileSize: Infinity }, preservePath: true };
    for await (const { filename, file } of request.files(options)) kept.push(await keep(filename, file, limit));
  } catch (error) {
    if (error instanceof LabError || !isOfForm(error)) throw error;
    throw new InvalidUploadError(`The form cannot be read: ${error.message}. Send one file as multipart/form-data.`);
  }
  if (kept.length === 0) {
    throw new InvalidUploadError('There is no file in the form. Send one as multipart/form-data, with its name.');
  }
  return kept[0];
}

/** A sender who goes away in the middle sends half a form. */
const CUT_OFF = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'];

const isOfForm = (error: unknown): error is Error => {
  const { code = '', message = '' } = error as NodeJS.ErrnoException;
  return code.startsWith('FST_') || CUT_OFF.includes(code) || /form|multipart|boundary|header|part/i.test(message);
};
