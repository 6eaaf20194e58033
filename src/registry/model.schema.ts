import { z } from 'zod';
import { PageQuery } from '../http/page.schema.js';
import { AliasName, ModelName, ModelType, VersionNumber } from './model-name.types.js';
import { PRODUCTION } from './registry.types.js';

/** Moving `production` asks for another role, so it has a route of its own. */
export const OtherAlias = AliasName.refine((alias) => alias !== PRODUCTION, `is not ${PRODUCTION}`);

export const AliasTarget = z.strictObject({ version: VersionNumber }).meta({ id: 'AliasTarget', example: { version: '1' } });
export type AliasTarget = z.infer<typeof AliasTarget>;

export const Alias = z
  .object({ model: ModelName, alias: AliasName, version: z.string().meta({ example: '1' }) })
  .meta({ id: 'ModelAlias' });
export type Alias = z.infer<typeof Alias>;

const Aliases = z.record(z.string(), z.string()).meta({ description: 'Version by alias', example: { production: '3' } });

export const ModelItem = z
  .object({
    name: ModelName,
    type: ModelType,
    description: z.string().meta({ example: 'Does a flight leave more than 15 minutes late?' }),
    latest_version: z.string().nullable().meta({ description: 'Null when there is no version', example: '3' }),
    aliases: Aliases,
  })
  .meta({ id: 'ModelItem' });
export type ModelItem = z.infer<typeof ModelItem>;

export const ModelList = z
  .object({
    models: z.array(z.string()).meta({ description: 'The name of every model', example: ['flights_delay', 'flights_late'] }),
    items: z.array(ModelItem),
    total: z.int().nonnegative(),
  })
  .meta({ id: 'ModelList' });
export type ModelList = z.infer<typeof ModelList>;

export const ModelQuery = PageQuery.extend({ sort: z.enum(['name', '-name']).default('name') });
export type ModelQuery = z.infer<typeof ModelQuery>;

const Metrics = z
  .record(z.string(), z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]))
  .meta({ description: 'On the test rows', example: { roc_auc: 0.69, log_loss: 0.465 } });

const LearntFeature = z.object({
  name: z.string().meta({ example: 'distance' }),
  type: z.enum(['number', 'category', 'text']),
  importance: z.number().optional().meta({
    description: 'Its share of what the features tell the model; they sum to 1. Absent where it was not measured',
    example: 0.31,
  }),
});

export const VersionItem = z
  .object({
    version: z.string().meta({ example: '3' }),
    created_at: z.iso.datetime().meta({ example: '2026-01-31T04:00:12.000Z' }),
    estimator: z.string().meta({ example: 'random_forest' }),
    params: z.record(z.string(), z.unknown()).meta({ example: { n_trees: 100 } }),
    metrics: Metrics,
    baseline_metrics: Metrics.meta({
      description: 'Of the baseline on the same rows',
      example: { roc_auc: 0.5, log_loss: 0.506 },
    }),
    dataset: z.object({
      name: z.string().meta({ example: 'gold.delay_training' }),
      version: z.int().nonnegative().meta({ description: 'Delta version' }),
    }),
    features: z.array(LearntFeature),
    target: z.string().meta({ example: 'late' }),
    run_id: z.string().nullable().meta({ description: 'The run that trained it' }),
    checksum: z.string().meta({ description: 'SHA-256 of the model file' }),
    bytes: z.int().nonnegative(),
  })
  .meta({ id: 'ModelVersion' });
export type VersionItem = z.infer<typeof VersionItem>;

export const ModelDetails = z
  .object({ name: ModelName, type: ModelType, description: z.string(), aliases: Aliases, versions: z.array(VersionItem) })
  .meta({ id: 'Model' });
export type ModelDetails = z.infer<typeof ModelDetails>;
