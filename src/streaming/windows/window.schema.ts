import { z } from 'zod';
import { Duration, Span } from '../definition/duration.js';
import { ColumnName, FieldPath } from '../definition/field.js';

const MOST_OVERLAPS = 1_000;

const Offset = Duration.default(0).meta({
  description: 'How far behind midnight UTC windows are aligned: 3h makes days of 1d begin at 3:00',
});

const Tumbling = z.strictObject({
  tumbling: Span.meta({ description: 'Length of each window; one begins where another ends', examples: ['1m'] }),
  offset: Offset,
});

const Hopping = z
  .strictObject({
    hopping: Span.meta({ description: 'Length of each window', examples: ['5m'] }),
    every: Span.meta({ description: 'From the beginning of one window to that of the next', examples: ['1m'] }),
    offset: Offset,
  })
  .refine(({ hopping, every }) => every <= hopping && hopping / every <= MOST_OVERLAPS, {
    message: `is at most as long as the window, and an event is in ${MOST_OVERLAPS} windows at most`,
    path: ['every'],
  });

const Session = z.strictObject({
  session: Span.meta({ description: 'A session ends when so long nothing has come of its group', examples: ['30m'] }),
});

export const Window = z.union([Tumbling, Hopping, Session], {
  error: 'is one of { tumbling: 1m }, { hopping: 5m, every: 1m } and { session: 30m }',
});
export type Window = z.output<typeof Window>;

const kindOf = <K extends string>(kind: K, description: string) =>
  z.strictObject({ [kind]: FieldPath.meta({ description }) } as Record<K, typeof FieldPath>);

export const Aggregate = z.union(
  [
    z.strictObject({
      count: z.union([z.literal('*'), FieldPath]).meta({ description: 'Events (*), or those that have this field' }),
    }),
    kindOf('sum', 'Of a field that holds numbers'),
    kindOf('avg', 'Mean of a field that holds numbers'),
    kindOf('min', 'Least number'),
    kindOf('max', 'Greatest number'),
    kindOf('stddev', 'Standard deviation of the sample'),
    kindOf('distinct', 'About how many different values: standard error 1.6 %'),
    z.strictObject({
      quantile: FieldPath.meta({ description: 'About where this share of the numbers lies below: within 1 % of the rank' }),
      at: z
        .number()
        .min(0)
        .max(1)
        .meta({ description: 'The share: 0.5 is the median', examples: [0.95] }),
    }),
  ],
  {
    error:
      'is one of { count: "*" }, { count: field }, { sum|avg|min|max|stddev|distinct: field } and { quantile: field, at: 0.95 }',
  },
);
export type Aggregate = z.output<typeof Aggregate>;

export const GroupType = z.enum(['text', 'bigint', 'double', 'boolean']);
export type GroupType = z.output<typeof GroupType>;

const GroupBy = z
  .union([z.array(FieldPath), z.record(FieldPath, GroupType)], {
    error: 'is a list of fields, or fields with their types: { station: text, floor: bigint }',
  })
  .default([]);

/** Aggregates of the events of each window and group: the key `aggregate` of a stream. */
export const AggregateOptions = z
  .strictObject({
    window: Window,
    group_by: GroupBy.meta({ description: 'A row for each combination of their values; text where no type is given' }),
    values: z
      .record(ColumnName, Aggregate)
      .refine((values) => Object.keys(values).length > 0, 'needs at least one value')
      .meta({ description: 'Columns of the result' }),
    allowed_lateness: Duration.default(0).meta({
      description: 'How long a window stays open when the watermark has passed its end',
    }),
    mode: z.enum(['append', 'update', 'complete']).default('append').meta({
      description:
        'append: a row once, when its window has closed; update: at each checkpoint the rows that changed, which replace their earlier ones; complete: at each checkpoint with news all rows of all windows, none of which ever closes',
    }),
  })
  .superRefine((options, issues) => {
    const columns = ['window_start', 'window_end', ...groupColumns(options.group_by).map(({ column }) => column)];
    for (const [index, column] of columns.entries()) {
      if (columns.indexOf(column) < index) {
        issues.addIssue({ code: 'custom', message: `"${column}" would be there twice`, path: ['group_by'] });
      }
    }
    for (const name of Object.keys(options.values)) {
      if (columns.includes(name)) {
        issues.addIssue({ code: 'custom', message: `"${name}" is a column already`, path: ['values', name] });
      }
    }
  });
export type AggregateOptions = z.output<typeof AggregateOptions>;

export interface GroupColumn {
  readonly path: string;
  readonly column: string;
  readonly type: GroupType;
}

export function groupColumns(groupBy: AggregateOptions['group_by']): GroupColumn[] {
  const fields = Array.isArray(groupBy) ? groupBy.map((path) => [path, 'text'] as const) : Object.entries(groupBy);
  return fields.map(([path, type]) => ({ path, type, column: path.replaceAll(/[.-]/g, '_').toLowerCase() }));
}
