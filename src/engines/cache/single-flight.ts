/** What is being made at this moment in this process: whoever asks for the same meanwhile waits for it. */
export class SingleFlight {
  private readonly underWay = new Map<string, Promise<Buffer>>();

  /** @param name of the value and of the state of the world that it shows */
  join(name: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.underWay.get(name);
    if (known) return known;
    const flight = make().finally(() => this.underWay.delete(name));
    this.underWay.set(name, flight);
    return flight;
  }
}
