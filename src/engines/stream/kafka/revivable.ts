/** A client that is opened when it is first needed, shared by all who need it, and opened anew after it failed. */
export class Revivable<Client> {
  private current: Promise<Client> | undefined;

  constructor(
    private readonly open: () => Promise<Client>,
    private readonly shut: (client: Client) => Promise<void>,
  ) {}

  /** @throws what opening or the work throws; the client is given up then, for nobody knows what state it is in */
  async use<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
    const used = (this.current ??= this.open());
    try {
      return await work(await used);
    } catch (error) {
      this.giveUp(used);
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
