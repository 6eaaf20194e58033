import type { Ownership, StoredMessage } from '../../engines/stream/stream.port.js';

/** A message that becomes no row. */
export interface Letter {
  readonly message: StoredMessage;
  readonly reason: string;
}

/** What one partition has in a commit. */
export interface Share {
  readonly partition: number;
  readonly owner: Ownership;
  /** What the table has recorded for the partition until the commit; null for nothing. */
  readonly previous: number | null;
  /** The offset that comes behind those gathered. */
  next: number;
  readonly lines: Buffer[];
  readonly letters: Letter[];
}

/** Messages of a topic on their way into one commit. Those of a partition that is taken away go without a trace. */
export class MicroBatch {
  bytes = 0;
  rows = 0;
  private readonly shares = new Map<number, Share>();

  /** Those that are still this member's. */
  *owned(): Generator<Share> {
    for (const share of this.shares.values()) if (!share.owner.signal.aborted) yield share;
  }

  get isEmpty(): boolean {
    return this.owned().next().done === true;
  }

  /** @param previous of the first share of a partition: where it stood */
  shareOf(owner: Ownership, previous: number | null): Share {
    const { partition, generation } = owner;
    const known = this.shares.get(partition);
    if (known?.owner.generation === generation) return known;
    const share: Share = { partition, owner, previous, next: previous ?? 0, lines: [], letters: [] };
    this.shares.set(partition, share);
    return share;
  }

  add(share: Share, lines: string, rows: number): void {
    const bytes = Buffer.from(lines);
    share.lines.push(bytes);
    this.bytes += bytes.length;
    this.rows += rows;
  }

  addLetter(share: Share, letter: Letter): void {
    share.letters.push(letter);
    this.bytes += letter.message.value?.length ?? 0;
  }

  /** What a partition was given under an earlier assignment comes again. */
  drop(partition: number): void {
    this.shares.delete(partition);
  }
}
