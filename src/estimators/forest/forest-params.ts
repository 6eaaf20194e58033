import { z } from 'zod';

export const ForestParams = z.strictObject({
  n_trees: z.int().min(1).max(2000).default(100).meta({ description: 'Trees: more are slower and steadier, and not worse' }),
  max_depth: z
    .int()
    .min(1)
    .max(1000)
    .default(1000)
    .meta({ description: 'Splits from the root to the deepest leaf; the default is as good as no bound' }),
  min_samples_leaf: z.int().min(1).max(1_000_000).default(5).meta({
    description:
      'Rows that a leaf has at least, counted in draws, of which a row has 1.6 on average; 50 to 200 suit large noisy data',
  }),
  max_features: z.number().gt(0).max(1).default(0.5).meta({ description: 'Share of the features that is tried at each split' }),
  sample_fraction: z
    .number()
    .min(0.001)
    .max(1)
    .default(1)
    .meta({ description: 'Rows drawn for a tree, with replacement, as a share of all; 1,048,575 are drawn at most' }),
  class_weight: z
    .union([z.literal('balanced'), z.record(z.string(), z.number().positive().max(1_000_000))])
    .optional()
    .meta({
      description:
        'How much likelier a row is drawn, by the label of its class, 1 where not named; `balanced` draws all classes equally often. For classifications',
    }),
});
export type ForestParams = z.infer<typeof ForestParams>;
