import { z } from 'zod';
import type { Detector, Finding } from './anomaly.types.js';
import { DayProfile } from './day-profile.js';
import { defineDetector } from './define-detector.js';
import { layOut } from './detector-state.js';
import { scoreOf, written } from './finding.js';

const HOUR = 3_600_000;

const SeasonalParams = z.strictObject({
  period_hours: z.number().positive().max(8784).default(24).meta({ description: 'After so long things repeat' }),
  slots: z.int().min(1).max(1440).default(48).meta({ description: 'Parts of the period that have a mean of their own' }),
  slot_memory: z.int().min(2).max(1e6).default(32).meta({ description: 'Values of a slot that its mean looks back on' }),
  memory: z
    .number()
    .min(100)
    .max(1e8)
    .default(10_000)
    .meta({ description: 'After so many values the largest deviation counts for half' }),
  margin: z.number().min(1).max(100).default(1.05).meta({ description: 'By how much the largest deviation has to be exceeded' }),
  rest: z
    .number()
    .min(0)
    .max(1e6)
    .default(120)
    .meta({ description: 'For so many values after an anomaly only one that is twice as large is another one' }),
});
type SeasonalParams = z.output<typeof SeasonalParams>;

/** Deviations are looked at one by one, and as means of about so many: a weak one that lasts is as telling as a strong one that does not. */
const SCALES = [1, 4, 16, 64];
/** Of how much the series moves from one value to the next, which has a profile of its own. */
const ROUGHNESS_SCALE = 64;
const CHANNELS = SCALES.length + 1;
const WARM_UP = 100;
/** One outlier may raise a record by no more, or it would hide all that come after. */
const MOST_RAISE = 4;
/** What comes while an anomaly is still being told must be so much larger. */
const MUCH_MORE = 2;

/**
 * Finds records: a deviation from what is usual at the time of day that exceeds, by a margin, the largest one so far, which fades.
 * A record is one whatever the unit, the noise and the tails of the series, so that there is no scale to be estimated or tuned.
 */
export const seasonal = defineDetector({
  name: 'seasonal',
  description: 'Largest deviation so far from what is usual at the time of day, on several scales of time.',
  params: SeasonalParams,
  takes: 'one',
  open: (params, _inputs, state) => new SeasonalRecords(params, state),
});

/** The channel that is farthest beyond its record, and how far. */
interface Excess {
  readonly channel: number;
  readonly ratio: number;
}

class SeasonalRecords implements Detector {
  private readonly memory;
  private readonly usual: DayProfile;
  private readonly usualRoughness: DayProfile;
  private readonly fading: number;

  constructor(
    private readonly params: SeasonalParams,
    state?: Float64Array,
  ) {
    const { slots, period_hours, slot_memory, memory } = params;
    const sizes = {
      count: 1,
      previous: 1,
      lastAlarm: 2,
      means: SCALES.length,
      roughness: 1,
      records: CHANNELS,
      pending: CHANNELS,
      since: CHANNELS,
    };
    const profiles = { slotMeans: slots, slotCounts: slots, roughMeans: slots, roughCounts: slots };
    this.memory = layOut({ ...sizes, ...profiles }, state);
    const { at } = this.memory;
    this.usual = new DayProfile(at.slotMeans, at.slotCounts, period_hours * HOUR, slot_memory);
    this.usualRoughness = new DayProfile(at.roughMeans, at.roughCounts, period_hours * HOUR, slot_memory);
    this.fading = 0.5 ** (1 / memory);
  }

  observe({ 0: value }: ArrayLike<number>, time: number): Finding {
    const expected = this.usual.expected(time);
    const excess = this.measure(value, Number.isNaN(expected) ? value : expected, time);
    this.usual.learn(value, time);
    return this.tell(value, expected, excess);
  }

  state(): Float64Array {
    return this.memory.all.slice();
  }

  private measure(value: number, expected: number, time: number): Excess {
    const { count, previous, means, roughness } = this.memory.at;
    count[0]++;
    let largest: Excess = { channel: 0, ratio: 0 };
    const take = (channel: number, deviation: number): void => {
      const ratio = this.compare(channel, deviation);
      if (ratio > largest.ratio) largest = { channel, ratio };
    };
    for (const [channel, scale] of SCALES.entries()) {
      means[channel] += (value - expected - means[channel]) / Math.min(count[0], scale);
      take(channel, Math.abs(means[channel]));
    }
    const move = count[0] === 1 ? 0 : Math.abs(value - previous[0]);
    roughness[0] += (move - roughness[0]) / Math.min(count[0], ROUGHNESS_SCALE);
    const usual = this.usualRoughness.expected(time);
    take(SCALES.length, Number.isNaN(usual) ? 0 : Math.abs(roughness[0] - usual));
    this.usualRoughness.learn(roughness[0], time);
    previous[0] = value;
    return largest;
  }

  /** @returns the deviation in largest ones so far; 0 while that says little */
  private compare(channel: number, deviation: number): number {
    const { count, records } = this.memory.at;
    const record = (records[channel] *= this.fading);
    const isKnown = count[0] > WARM_UP && record > 0;
    this.raise(channel, deviation, isKnown ? MOST_RAISE * record : Infinity);
    return isKnown ? deviation / record : 0;
  }

  /** A record stands until what exceeds it is over, or has lasted long: one that grows slowly is compared with what was before it. */
  private raise(channel: number, deviation: number, most: number): void {
    const { count, records, pending, since } = this.memory.at;
    const isBeyond = deviation > records[channel];
    if (isBeyond) {
      if (pending[channel] === 0) since[channel] = count[0];
      pending[channel] = Math.max(pending[channel], deviation);
    }
    if (pending[channel] === 0 || (isBeyond && count[0] - since[channel] < this.params.rest)) return;
    records[channel] = Math.max(records[channel], Math.min(pending[channel], most));
    pending[channel] = 0;
  }

  private tell(value: number, expected: number, { channel, ratio }: Excess): Finding {
    const { count, lastAlarm } = this.memory.at;
    const score = scoreOf(ratio, this.params.margin);
    const usual = Number.isNaN(expected) ? null : expected;
    if (score < 0.5) return { score, expected: usual, reason: '' };
    const [lastCount, lastRatio] = lastAlarm;
    const isTold = lastCount > 0 && count[0] - lastCount <= this.params.rest && ratio <= MUCH_MORE * lastRatio;
    if (isTold) return { score: score / 2, expected: usual, reason: '' };
    lastAlarm.set([count[0], ratio]);
    return { score, expected: usual, reason: reasonOf(value, usual, channel, ratio) };
  }
}

function reasonOf(value: number, expected: number | null, channel: number, ratio: number): string {
  const far = `${written(ratio)} times the largest deviation so far`;
  if (channel === SCALES.length) return `moves from one value to the next as it never does at this time: ${far}`;
  const what = channel === 0 ? written(value) : `the mean of the last ${SCALES[channel]} values`;
  const usual = expected === null ? 'what is usual' : `the ${written(expected)} usual at this time`;
  return channel === 0 ? `${what} instead of ${usual}: ${far}` : `${what} is away from ${usual}: ${far}`;
}
