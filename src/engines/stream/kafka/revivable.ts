/** A client that is opened when it is first needed, shared by all who need it, and opened anew after it failed. */
export class Revivable<Client> {
  private current: Promise<Client> | undefined;

  constructor(
    private readonly open: () => Promise<Client>,
    private readonly shut: (client: Client) => Promise<void>,
    /** Whether nobody knows, after this, what state the client is in. */
    private readonly isSpoilt: (error: unknown) => boolean,
  ) {}

  /** @throws what opening or the work throws */
  async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const used = (this.current ??= this.open());
    let isOpen = false;
    try {
      const client = await used;
      isOpen = true;
      return await work(client);
    } catch (error) {
      if (!isOpen || this.isSpoilt(error)) this.giveUp(used);
      throw error;
    }
  }

  async close(): Promise<void> {
    const last = this.current;
    this.current = undefined;
    await last?.then((client) => this.shut(client)).catch(() => undefined);
  }

  private giveUp(used: Promise<Client>): void {
    if (this.current !== used) return;
    void this.close();
  }
}
