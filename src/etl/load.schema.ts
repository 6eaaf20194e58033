import { z } from 'zod';

export const LoadOptions = z
  .strictObject({
    source: z.string().meta({ description: 'Name of a declared source', example: 'flights' }),
    landed: z
      .string()
      .regex(/^landing\/[a-z][a-z0-9_]*\/[0-9a-f]{64}\/[^/]+$/, 'is landing/<source>/<sha256>/<name>')
      .optional()
      .meta({ description: 'A file that is kept in landing already, in place of those at the declared path' }),
    sent: z.boolean().optional().meta({ description: 'The landed file holds rows that were sent as JSON' }),
  })
  .meta({ id: 'LoadOptions' });
export type LoadOptions = z.output<typeof LoadOptions>;

const ColumnChange = z.object({
  change: z.enum(['added', 'missing']),
  column: z.string(),
  type: z.string(),
});

const LoadedBatch = z.object({
  batch: z.string().meta({ description: 'SHA-256 of the bytes: it stands in `_batch` of every row' }),
  file: z.string().meta({ example: 'flights-3m.parquet' }),
  version: z.int().nullable().meta({ description: 'Delta version of the table after it; null while there is no table' }),
  rows: z.int().nonnegative(),
  rejected: z.int().nonnegative().meta({ description: 'Rows that did not parse; they are in quarantine' }),
  drift: z.array(ColumnChange).optional().meta({ description: 'How its columns differed from those of the table' }),
  skipped: z.boolean(),
  reason: z.string().optional().meta({ description: 'Why it was skipped', example: 'these bytes were loaded before' }),
});
export type LoadedBatch = z.infer<typeof LoadedBatch>;

/** The result of a load. */
export const LoadReport = z
  .object({
    batch: z.string().nullable().meta({ description: 'Null when the source has several files: `batches` names each' }),
    dataset: z.string().meta({ example: 'bronze.flights' }),
    version: z.int().nullable(),
    rows: z.int().nonnegative(),
    rejected: z.int().nonnegative(),
    skipped: z.boolean().meta({ description: 'True when there was nothing to do in any file' }),
    reason: z.string().optional(),
    batches: z.array(LoadedBatch),
  })
  .meta({ id: 'LoadReport' });
export type LoadReport = z.infer<typeof LoadReport>;

export const LOAD_EXAMPLES = {
  declared: { summary: 'From where it is declared', value: {} },
  rows: {
    summary: 'These rows',
    value: {
      rows: [{ iata: 'XXX', name: 'A new airport', city: 'Porto', state: null, country: 'PT', latitude: 41.2, longitude: -8.6 }],
    },
  },
};

/** What a load is made of, when it is no form with a file. The rows are looked at one by one: there may be many. */
export const LoadRequest = z
  .strictObject({
    rows: z
      .array(z.unknown())
      .min(1, 'has no rows')
      .optional()
      .meta({
        description: 'Objects with the columns of the source; without them the source is loaded from where it is declared',
        items: { type: 'object', additionalProperties: true },
      }),
  })
  .meta({ id: 'LoadRequest', example: LOAD_EXAMPLES.declared.value });
export type LoadRequest = z.infer<typeof LoadRequest>;
