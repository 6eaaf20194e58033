import { Cache } from './cache.port.js';
import { SingleFlight } from './single-flight.js';

export interface MemoryCacheOptions {
  readonly ttlMs: number;
  /** Of all values and their keys together. */
  readonly maxBytes: number;
}

interface Kept {
  readonly value: Buffer;
  readonly bytes: number;
  readonly until: number;
}

/** What an entry costs beside its value and the letters of its name, about. */
const ENTRY_BYTES = 256;

/** A cache of this process alone, bounded in bytes: what was not asked for longest makes room. */
export class MemoryCache extends Cache {
  /** In the order in which they were last asked for. */
  private readonly entries = new Map<string, Kept>();
  private readonly generations = new Map<string, number>();
  private readonly flights = new SingleFlight();
  private bytes = 0;

  constructor(private readonly options: MemoryCacheOptions) {
    super();
  }

  async remember(scope: string, key: string, make: () => Promise<Buffer> | Buffer): Promise<Buffer> {
    const name = this.beginningOf(scope) + key;
    return this.find(name) ?? this.flights.join(name, () => this.makeAndKeep(scope, name, make));
  }

  async forget(scope: string): Promise<void> {
    const old = this.beginningOf(scope);
    this.generations.set(scope, this.generationOf(scope) + 1);
    for (const name of this.entries.keys()) if (name.startsWith(old)) this.drop(name);
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.entries.clear();
    this.bytes = 0;
  }

  private generationOf(scope: string): number {
    return this.generations.get(scope) ?? 0;
  }

  /** A name is of one generation: what was begun before its scope was forgotten is never found by its name again. */
  private beginningOf(scope: string): string {
    return `${scope} ${this.generationOf(scope)} `;
  }

  private find(name: string): Buffer | undefined {
    const kept = this.entries.get(name);
    if (!kept) return undefined;
    this.entries.delete(name);
    if (performance.now() < kept.until) {
      this.entries.set(name, kept);
      return kept.value;
    }
    this.bytes -= kept.bytes;
    return undefined;
  }

  private async makeAndKeep(scope: string, name: string, make: () => Promise<Buffer> | Buffer): Promise<Buffer> {
    const value = withoutSlab(await make());
    if (name.startsWith(this.beginningOf(scope))) this.keep(name, value);
    return value;
  }

  private keep(name: string, value: Buffer): void {
    const bytes = ENTRY_BYTES + 2 * name.length + value.length;
    if (bytes > this.options.maxBytes) return;
    this.entries.set(name, { value, bytes, until: performance.now() + this.options.ttlMs });
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.options.maxBytes) return;
      this.drop(oldest);
    }
  }

  private drop(name: string): void {
    this.bytes -= this.entries.get(name)?.bytes ?? 0;
    this.entries.delete(name);
  }
}

/** A small Buffer is a window on a larger one, all of which it would keep in memory. */
function withoutSlab(value: Buffer): Buffer {
  if (value.buffer.byteLength === value.length) return value;
  const own = Buffer.allocUnsafeSlow(value.length);
  value.copy(own);
  return own;
}
