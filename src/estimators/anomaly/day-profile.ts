/** Means of what a time of day (or of another period) usually has, in slots; between the middles of two slots, a mixture of them. */
export class DayProfile {
  /** @param means @param counts one number for each slot; changed in place */
  constructor(
    private readonly means: Float64Array,
    private readonly counts: Float64Array,
    private readonly period: number,
    private readonly most: number,
  ) {}

  /** What is usual at this time; NaN while neither the slot nor the one beside has had a value. */
  expected(time: number): number {
    const { slot, beside, share } = this.placeOf(time);
    const { means, counts } = this;
    if (counts[slot] === 0) return counts[beside] === 0 ? NaN : means[beside];
    return counts[beside] === 0 ? means[slot] : means[slot] * (1 - share) + means[beside] * share;
  }

  /** The mean of a slot forgets as one of the last {@link most} values does. */
  learn(value: number, time: number): void {
    const { slot } = this.placeOf(time);
    this.counts[slot] = Math.min(this.counts[slot] + 1, this.most);
    this.means[slot] += (value - this.means[slot]) / this.counts[slot];
  }

  private placeOf(time: number): { slot: number; beside: number; share: number } {
    const slots = this.means.length;
    const within = ((time % this.period) + this.period) % this.period;
    const at = (within / this.period) * slots;
    const slot = Math.min(Math.floor(at), slots - 1);
    const side = at - slot < 0.5 ? -1 : 1;
    return { slot, beside: (slot + side + slots) % slots, share: Math.abs(at - slot - 0.5) };
  }
}
