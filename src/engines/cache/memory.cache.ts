import { LRUCache } from 'lru-cache';
import { Cache } from './cache.port.js';
import { SingleFlight } from './single-flight.js';

export interface MemoryCacheOptions {
  readonly ttlMs: number;
  /** Of all values and their keys together. */
  readonly maxBytes: number;
}

/** What an entry costs beside its value and the letters of its name, about. */
const ENTRY_BYTES = 256;

/** A cache of this process alone, bounded in bytes: what was not asked for longest makes room. */
export class MemoryCache extends Cache {
  private readonly entries: LRUCache<string, Buffer>;
  private readonly generations = new Map<string, number>();
  private readonly flights = new SingleFlight();

  constructor({ ttlMs, maxBytes }: MemoryCacheOptions) {
    super();
    const sizeCalculation = (value: Buffer, name: string): number => ENTRY_BYTES + 2 * name.length + value.length;
    this.entries = new LRUCache({ ttl: ttlMs, maxSize: maxBytes, sizeCalculation });
  }

  async remember(scope: string, key: string, make: () => Promise<Buffer> | Buffer): Promise<Buffer> {
    const name = this.beginningOf(scope) + key;
    return this.entries.get(name) ?? this.flights.join(name, () => this.makeAndKeep(scope, name, make));
  }

  async forget(scope: string): Promise<void> {
    const old = this.beginningOf(scope);
    this.generations.set(scope, this.generationOf(scope) + 1);
    for (const name of [...this.entries.keys()]) if (name.startsWith(old)) this.entries.delete(name);
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.entries.clear();
  }

  private generationOf(scope: string): number {
    return this.generations.get(scope) ?? 0;
  }

  /** A name is of one generation: what was begun before its scope was forgotten is never found by its name again. */
  private beginningOf(scope: string): string {
    return `${scope} ${this.generationOf(scope)} `;
  }

  private async makeAndKeep(scope: string, name: string, make: () => Promise<Buffer> | Buffer): Promise<Buffer> {
    const value = withoutSlab(await make());
    if (name.startsWith(this.beginningOf(scope))) this.entries.set(name, value);
    return value;
  }
}

/** A small Buffer is a window on a larger one, all of which it would keep in memory. */
function withoutSlab(value: Buffer): Buffer {
  if (value.buffer.byteLength === value.length) return value;
  const own = Buffer.allocUnsafeSlow(value.length);
  value.copy(own);
  return own;
}
