import type { Model } from '../estimators/estimator.types.js';
import type { ModelVersion } from '../registry/registry.types.js';

interface Entry {
  readonly model: Promise<Model>;
  readonly bytes: number;
}

/** Models in memory, loaded once however many requests wait, bounded by the bytes of their files: what was used longest ago goes. */
export class ModelCache {
  // A Map iterates in order of insertion: re-inserting on use keeps the oldest first.
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  constructor(
    private readonly load: (version: ModelVersion) => Promise<Model>,
    private readonly maxBytes: number,
  ) {}

  /** A load that failed is not remembered. */
  get(version: ModelVersion): Promise<Model> {
    const key = `${version.model}@${version.version}`;
    const entry = this.take(key) ?? this.begin(key, version);
    this.entries.set(key, entry);
    this.bytes += entry.bytes;
    this.shrink();
    return entry.model;
  }

  private begin(key: string, version: ModelVersion): Entry {
    const entry = { model: this.load(version), bytes: version.bytes };
    entry.model.catch(() => {
      if (this.entries.get(key) === entry) this.take(key);
    });
    return entry;
  }

  private take(key: string): Entry | undefined {
    const entry = this.entries.get(key);
    this.bytes -= entry?.bytes ?? 0;
    this.entries.delete(key);
    return entry;
  }

  /** The model in hand stays, even when it alone is over the bound. */
  private shrink(): void {
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.maxBytes || this.entries.size === 1) return;
      this.take(oldest);
    }
  }
}
