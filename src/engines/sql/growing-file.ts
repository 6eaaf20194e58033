import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const READ_BYTES = 256 * 1024;
const LOOK_AGAIN_MS = 5;

/**
 * The bytes of a file from its beginning on, as they come.
 * @param written settles when nothing more will come; what it rejects with is thrown behind the bytes that were there
 */
export async function* growingFile(path: string, written: Promise<unknown>): AsyncGenerator<Buffer> {
  let over = false;
  const end = written.then(
    () => (over = true),
    () => (over = true),
  );
  const file = await open(path, 'r');
  try {
    for (;;) {
      const wasOver = over;
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ_BYTES));
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (wasOver) break;
      else await Promise.race([end, wait(LOOK_AGAIN_MS)]);
    }
  } finally {
    await file.close();
  }
  await written;
}
