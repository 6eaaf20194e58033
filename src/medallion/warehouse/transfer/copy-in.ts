import { once } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';

/** The messages of COPY as pg's connection sends them; its types do not tell. */
interface Wire {
  readonly stream: Socket;
  query(sql: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/**
 * Sends rows by COPY … FROM STDIN, no faster than the server takes them.
 * @param source bytes in the format that the statement names, cut anywhere; it is closed when the server refuses them
 * @returns how many rows the server counted
 * @throws what the server says, or what the source threw
 */
export async function copyIn(client: pg.Client, sql: string, source: AsyncIterable<Buffer>): Promise<number> {
  return new Promise((resolve, reject) => {
    client.query(new CopyIn(sql, source, { resolve, reject }));
  });
}

interface Outcome {
  resolve(rows: number): void;
  reject(error: unknown): void;
}

/** Called by pg's client as the messages of the server come in. */
class CopyIn {
  private readonly over = new AbortController();
  private sending: Promise<void> = Promise.resolve();
  private rows = 0;
  private sourceError: unknown;

  constructor(
    private readonly sql: string,
    private readonly source: AsyncIterable<Buffer>,
    private readonly outcome: Outcome,
  ) {}

  submit(connection: unknown): void {
    (connection as Wire).query(this.sql);
  }

  handleCopyInResponse(connection: Wire): void {
    this.sending = this.send(connection);
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.rows = Number(text.replace('COPY ', ''));
  }

  handleReadyForQuery(): void {
    this.outcome.resolve(this.rows);
  }

  handleError(error: unknown): void {
    this.over.abort();
    void this.sending.then(() => this.outcome.reject(this.sourceError ?? error));
  }

  private async send(wire: Wire): Promise<void> {
    const { signal } = this.over;
    try {
      for await (const chunk of this.source) {
        if (signal.aborted) return;
        wire.sendCopyFromChunk(chunk);
        if (wire.stream.writableNeedDrain) await once(wire.stream, 'drain', { signal });
      }
      if (!signal.aborted) wire.endCopyFrom();
    } catch (error) {
      if (signal.aborted) return;
      this.sourceError = error;
      wire.sendCopyFail('The rows could not be read');
    }
  }
}
