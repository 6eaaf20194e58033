/** Keeps those with the highest scores of many that are offered, best first; of equals those that came first. */
export class BestFew<Item> {
  private readonly kept: { item: Item; score: number }[] = [];

  constructor(private readonly most: number) {}

  get items(): Item[] {
    return this.kept.map(({ item }) => item);
  }

  offer(item: Item, score: number): void {
    const { kept, most } = this;
    if (kept.length === most && score <= kept[most - 1].score) return;
    kept.splice(this.placeFor(score), 0, { item, score });
    if (kept.length > most) kept.pop();
  }

  /** Behind all that are as good. */
  private placeFor(score: number): number {
    let [low, high] = [0, this.kept.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.kept[middle].score >= score) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
