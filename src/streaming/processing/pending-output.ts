import type { StoredMessage } from '../../engines/stream/stream.port.js';
import type { DeliveredRow, KeptMessage } from '../outputs/delivery.types.js';
import type { Emission, OutputRow, OutputShape, StreamEvent } from './operator.types.js';

/** What has been said since the last checkpoint, and waits for the next one. */
export class PendingOutput implements Emission {
  rows: DeliveredRow[] = [];
  lateOnes: KeptMessage[] = [];
  poison: KeptMessage[] = [];
  private readonly times: readonly string[];

  constructor(private readonly shape: OutputShape) {
    this.times = shape.columns.filter(({ type }) => type === 'timestamp').map(({ name }) => name);
  }

  get size(): number {
    return this.rows.length + this.lateOnes.length + this.poison.length;
  }

  row(row: OutputRow): void {
    const values = { ...row.values };
    for (const name of this.times) {
      const time = values[name];
      if (typeof time === 'number') values[name] = new Date(time).toISOString();
    }
    this.rows.push({ ...row, values });
  }

  late({ message }: StreamEvent): void {
    this.lateOnes.push(kept(message));
  }

  refuse(message: StoredMessage, reason: string): void {
    this.poison.push({ ...kept(message), reason });
  }

  /** Of rows that replace each other the last one stays: no output can tell one row two things at once. */
  settle(): void {
    const { identity } = this.shape;
    if (!identity) return;
    const last = new Map<string, DeliveredRow>();
    for (const row of this.rows) {
      const place = JSON.stringify(identity.map((name) => row.values[name] ?? null));
      last.delete(place);
      last.set(place, row);
    }
    this.rows = [...last.values()];
  }

  clear(): void {
    [this.rows, this.lateOnes, this.poison] = [[], [], []];
  }
}

const kept = ({ partition, offset, key, value, headers, timestamp }: StoredMessage): KeptMessage => ({
  ...{ partition, offset, key, headers, timestamp },
  value: value?.toString('base64') ?? null,
});

export const messageOf = ({ value, partition, offset, key, headers, timestamp }: KeptMessage): StoredMessage => ({
  ...{ partition, offset, key, headers, timestamp },
  value: value === null ? null : Buffer.from(value, 'base64'),
});
