/** How far the events of each partition have come, and what follows from it for all of them. */
export class Watermark {
  /** Newest event time by partition; undefined before its first event. */
  private readonly newest = new Map<number, number | undefined>();
  private readonly idle = new Set<number>();
  private reached = -Infinity;
  /** Of the partition that holds the others back. */
  private least = -Infinity;

  /** @param delay milliseconds for which an event may be under way */
  constructor(private readonly delay: number) {}

  /** No event before it is waited for. It never goes back. */
  get time(): number {
    return this.reached;
  }

  newestOf(partition: number): number | undefined {
    return this.newest.get(partition);
  }

  /** A partition is waited for from now on. @param newest as it was when it was last known */
  add(partition: number, newest?: number): void {
    if (this.newest.has(partition)) return;
    this.newest.set(partition, newest);
    // Partitions are restored one by one: nothing moves before an event comes when all are there.
    this.least = Infinity;
  }

  /** Where it stood. */
  restore(time: number): void {
    this.reached = time;
  }

  /** @returns whether the watermark has moved */
  observe(partition: number, time: number): boolean {
    const before = this.newest.get(partition);
    const woken = this.idle.delete(partition);
    if (before !== undefined && time <= before) return woken && this.move();
    this.newest.set(partition, time);
    // Only the slowest one can hold the watermark back, so only it can let it go.
    return (before === undefined || before <= this.least || woken) && this.move();
  }

  isIdle(partition: number): boolean {
    return this.idle.has(partition);
  }

  /** Nothing comes from it: it is not waited for until something does. @returns whether the watermark has moved */
  rest(partition: number): boolean {
    this.idle.add(partition);
    return this.move();
  }

  private move(): boolean {
    let [least, furthest] = [Infinity, -Infinity];
    for (const [partition, newest = -Infinity] of this.newest) {
      if (newest > furthest) furthest = newest;
      if (newest < least && !this.idle.has(partition)) least = newest;
    }
    // When all rest, the one that was furthest says how late it is.
    this.least = this.idle.size >= this.newest.size ? furthest : least;
    if (this.least - this.delay <= this.reached) return false;
    this.reached = this.least - this.delay;
    return true;
  }
}
