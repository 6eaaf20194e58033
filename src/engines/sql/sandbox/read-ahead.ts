/** Pieces that are asked for one by one: the next one is made ready while one is on its way. */
export class ReadAhead<T> {
  private upcoming: Promise<IteratorResult<T>> | undefined;

  constructor(
    private readonly pieces: AsyncGenerator<T>,
    /** Throws for a piece that nobody may have. */
    private readonly check: (piece: T) => void = () => undefined,
  ) {}

  /** @returns undefined behind the last one */
  async next(): Promise<T | undefined> {
    const { value, done } = await (this.upcoming ?? this.pieces.next());
    if (done) return undefined;
    this.check(value);
    this.upcoming = this.pieces.next();
    this.upcoming.catch(() => undefined);
    return value;
  }
}
