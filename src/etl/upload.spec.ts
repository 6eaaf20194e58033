import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { InvalidUploadError } from './etl.errors.js';
import { uploaded } from './upload.js';

/** A form that ends in an error while its file is read. */
const aRequest = (error: Error): FastifyRequest => {
  async function* files(): AsyncGenerator<{ filename: string; file: Readable }> {
    yield { filename: 'a.csv', file: Readable.from(['a,b\n']) };
    throw error;
  }
  return { headers: {}, files } as unknown as FastifyRequest;
};
const keep = async (_name: string, content: Readable): Promise<string> => String(await content.toArray());

describe('uploaded', () => {
  it('takes a sender that goes away for a form that cannot be read, not for a failure of the lab', async () => {
    const gone = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    await expect(uploaded(aRequest(gone), 1, keep)).rejects.toThrow(InvalidUploadError);
  });

  it('passes on what is no fault of the form', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    await expect(uploaded(aRequest(full), 1, keep)).rejects.toBe(full);
  });
});
