/** Writes what is added in batches, one after the other, while more is added. */
export class WriteBehind<Item> {
  private gathered: Item[] = [];
  private weight = 0;
  private written: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private failure: { readonly error: unknown } | undefined;

  /**
   * @param most weight of a batch; who adds the last of it waits until it is written
   * @param patienceMs after which fewer are written
   */
  constructor(
    private readonly most: number,
    private readonly write: (items: readonly Item[]) => Promise<void>,
    private readonly patienceMs = 250,
  ) {}

  /** @throws what went wrong with a batch before */
  async add(item: Item, weight = 1): Promise<void> {
    this.gathered.push(item);
    this.weight += weight;
    if (this.weight >= this.most) await this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), this.patienceMs);
    if (this.failure) throw this.failure.error;
  }

  /** Resolves when all is written. @throws what went wrong */
  async settle(): Promise<void> {
    await this.flush();
    if (this.failure) throw this.failure.error;
  }

  /** Never rejects. */
  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.gathered;
    this.gathered = [];
    this.weight = 0;
    this.written = this.written.then(async () => {
      if (batch.length === 0 || this.failure) return;
      await this.write(batch).catch((error: unknown) => (this.failure = { error }));
    });
    return this.written;
  }
}
