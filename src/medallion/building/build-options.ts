import { z } from 'zod';
import { InvalidRangeError } from '../medallion.errors.js';
import { boundariesAround, type Interval } from '../models/interval.js';
import { moment } from '../models/model.schema.js';
import type { ReferencedModel } from '../models/transforms.service.js';

export const BuildOptions = z
  .strictObject({
    models: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'Models to build, with all that they read; every model when not given' }),
    force: z.boolean().default(false).meta({ description: 'Build also what has not changed' }),
    from: moment.optional().meta({
      description: 'Make intervals again from here on, also those that are done; the beginning of an interval',
      example: '2001-01-01',
    }),
    to: moment.optional().meta({ description: 'Up to here, the end of an interval; now when not given', example: '2001-01-08' }),
  })
  .refine(({ from, to }) => to === undefined || from !== undefined, { path: ['to'], message: 'needs from' })
  .refine(({ from, to }) => !from || !to || Date.parse(from) < Date.parse(to), { path: ['to'], message: 'is not after from' })
  .meta({ id: 'BuildOptions' });
export type BuildOptions = z.output<typeof BuildOptions>;

/**
 * The intervals of each model that are to be made again.
 * @throws {InvalidRangeError} when they are no intervals, or no model has any
 */
export function rangesFor(models: readonly ReferencedModel[], options: BuildOptions): ReadonlyMap<string, Interval> {
  const ranges = models.flatMap((model) => {
    const range = rangeFor(model, options);
    return range ? [[model.name, range] as const] : [];
  });
  if (options.from !== undefined && ranges.length === 0) throw noIntervals(models);
  return new Map(ranges);
}

function rangeFor(model: ReferencedModel, { from, to }: BuildOptions): Interval | undefined {
  if (from === undefined || !model.intervals) return undefined;
  const range = { start: new Date(from), end: to === undefined ? new Date() : new Date(to) };
  const first = new Date(model.intervals.start);
  if (range.start < first) {
    throw new InvalidRangeError(`"from" is before ${first.toISOString()}, where the intervals of "${model.name}" begin.`);
  }
  for (const [key, time] of [['from', from], ...(to === undefined ? [] : [['to', to]])]) {
    const [before, after] = boundariesAround(model.intervals, new Date(time));
    if (before.getTime() === after.getTime()) continue;
    throw new InvalidRangeError(
      `"${key}" is ${time}, within an interval of "${model.name}" (each is a ${model.intervals.every}): intervals overlap no range in ` +
        `part. Take ${before.toISOString()} or ${after.toISOString()}.`,
    );
  }
  return range;
}

const noIntervals = (models: readonly ReferencedModel[]): InvalidRangeError =>
  new InvalidRangeError(
    `"from" and "to" are for models of kind incremental_by_time, and none of these is one: ${models.map(({ name }) => name).join(', ')}.`,
  );
