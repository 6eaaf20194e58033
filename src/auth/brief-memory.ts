import { makeRoom } from './make-room.js';

interface Entry<T> {
  readonly value: T;
  readonly staleAt: number;
}

/** Remembers for a short while what a slow place answered. One load per key at a time; the oldest is forgotten when it is full. */
export class BriefMemory<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private readonly loading = new Map<string, Promise<T>>();

  /** @param lifeMs no answer is ever older than this, counted from the moment its load began */
  constructor(
    private readonly lifeMs: number,
    private readonly capacity: number,
    private readonly load: (key: string) => Promise<T>,
    // Not the time of day, which may be set back.
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The value itself when it is fresh, so that a hot path waits for no promise. */
  get(key: string): T | Promise<T> {
    const entry = this.entries.get(key);
    if (entry && entry.staleAt > this.now()) return entry.value;
    return this.loading.get(key) ?? this.reload(key);
  }

  /** Forgets the key; a load that is under way still answers those who wait for it, and is not remembered. */
  drop(key: string): void {
    this.entries.delete(key);
    this.loading.delete(key);
  }

  /** Forgets every key, as `drop` does one. */
  clear(): void {
    this.entries.clear();
    this.loading.clear();
  }

  private reload(key: string): Promise<T> {
    const staleAt = this.now() + this.lifeMs;
    const running: Promise<T> = this.load(key)
      .then((value) => {
        if (this.loading.get(key) === running) this.keep(key, { value, staleAt });
        return value;
      })
      .finally(() => {
        if (this.loading.get(key) === running) this.loading.delete(key);
      });
    this.loading.set(key, running);
    return running;
  }

  private keep(key: string, entry: Entry<T>): void {
    // Deleted first, so that the order of the map is the order of age.
    this.entries.delete(key);
    makeRoom(this.entries, this.capacity);
    this.entries.set(key, entry);
  }
}
