/** Writes what is added in as few batches as it can: while one is written, the next one gathers. */
export class WriteBehind<Item> {
  private gathered: Item[] = [];
  private writing: Promise<void> | undefined;
  private failure: { readonly error: unknown } | undefined;

  /** @param most items that gather before those who add more have to wait */
  constructor(
    private readonly most: number,
    private readonly write: (items: readonly Item[]) => Promise<void>,
  ) {}

  /** @throws what went wrong with a batch before */
  async add(item: Item): Promise<void> {
    this.gathered.push(item);
    this.writing ??= this.writeAll();
    if (this.gathered.length >= this.most) await this.writing;
    if (this.failure) throw this.failure.error;
  }

  /** Resolves when all is written. @throws what went wrong */
  async settle(): Promise<void> {
    await this.writing;
    if (this.failure) throw this.failure.error;
  }

  private async writeAll(): Promise<void> {
    try {
      // What is added in the same turn goes with the first.
      await Promise.resolve();
      while (this.gathered.length > 0 && !this.failure) await this.write(this.gathered.splice(0));
    } catch (error) {
      this.failure = { error };
    } finally {
      this.writing = undefined;
    }
  }
}
