import pg from 'pg';

/**
 * Does all of it or nothing, on a connection of its own: whatever ends this process, or the server, in the middle undoes it.
 * @param url of the server
 * @param signal ends the connection, and what runs on it
 * @throws the signal's reason when it is aborted
 */
export async function inTransaction<T>(url: string, signal: AbortSignal, work: (client: pg.Client) => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const client = new pg.Client({ connectionString: url, keepAlive: true, connectionTimeoutMillis: 10_000 });
  // Whoever waits for an answer is told of a broken connection; without a listener this process would end too.
  client.on('error', () => undefined);
  const hangUp = (): void => void client.end();
  signal.addEventListener('abort', hangUp, { once: true });
  try {
    await client.connect();
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', hangUp);
    await client.end().catch(() => undefined);
  }
}
