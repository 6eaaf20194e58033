/**
 * Bytes that are costly to make, kept for a while and given to all who ask for the same. A cache saves work and nothing else:
 * while it is away, slow or full, values are made instead, and no caller notices but by the time.
 */
export abstract class Cache {
  /**
   * What is kept under the key, or else what `make` gives, which is kept then. However many ask at once, in all processes on the
   * same cache, one makes it; nobody waits longer for another process than it takes to give that one up for dead.
   * @param scope a word: what is forgotten together
   * @param key names all that the value depends on; any text
   * @param make its failure is that of all in this process who wait for it, and nothing is kept
   * @returns bytes that others hold too: they are to be read only
   */
  abstract remember(scope: string, key: string, make: () => Promise<Buffer> | Buffer): Promise<Buffer>;

  /**
   * Who asks after it has resolved gets no value of the scope that was made, or begun, before. With a cache of its own each process
   * forgets for itself: call it in all of them. It cannot fail; a cache that is away forgets before it is read again.
   */
  abstract forget(scope: string): Promise<void>;

  /** @throws {CacheAwayError} */
  abstract ping(): Promise<void>;

  abstract close(): Promise<void>;
}
