import { Counter, Gauge, Histogram, register } from 'prom-client';

interface Metric<L extends string> {
  /** By Prometheus' conventions: `lab_` in front, base units, `_total` behind a counter. */
  readonly name: string;
  readonly help: string;
  /** Each with few values: what a request may choose freely is no label. */
  readonly labels: readonly L[];
}

/** The counter of this name, made when it is first asked for: whoever starts a server may empty the register. */
export const counter = <L extends string>({ name, help, labels }: Metric<L>): Counter<L> =>
  (register.getSingleMetric(name) as Counter<L> | undefined) ?? new Counter({ name, help, labelNames: labels });

/** A counter of what its owner counts by itself, for where counting must cost nothing; in place of the one that had its name. */
export function countedElsewhere<L extends string>(
  { name, help, labels }: Metric<L>,
  read: () => Iterable<{ readonly labels: Record<L, string>; readonly value: number }>,
): void {
  register.removeSingleMetric(name);
  new Counter<L>({
    name,
    help,
    labelNames: labels,
    collect() {
      this.reset();
      for (const { labels: of, value } of read()) this.inc(of, value);
    },
  });
}

/** The histogram of this name, made when it is first asked for. @param buckets upper bounds, in seconds */
export const histogram = <L extends string>({ name, help, labels }: Metric<L>, buckets: readonly number[]): Histogram<L> =>
  (register.getSingleMetric(name) as Histogram<L> | undefined) ??
  new Histogram({ name, help, labelNames: labels, buckets: [...buckets] });

/**
 * A gauge that is asked for its values at each scrape, in place of the one that had its name.
 * @param read a failure leaves it without values; the other metrics are told all the same
 */
export function gauge<L extends string>(
  { name, help, labels }: Metric<L>,
  read: () => Promise<readonly { readonly labels: Record<L, string>; readonly value: number }[]>,
): void {
  register.removeSingleMetric(name);
  new Gauge<L>({
    name,
    help,
    labelNames: labels,
    async collect() {
      const values = await read().catch(() => []);
      this.reset();
      for (const { labels: of, value } of values) this.set(of, value);
    },
  });
}
