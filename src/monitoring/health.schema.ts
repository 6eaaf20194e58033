import { z } from 'zod';

export const PartHealth = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']).meta({ description: 'degraded: it is away, and not needed' }),
  latency_ms: z.number().nonnegative(),
  detail: z.string().optional(),
});
export type PartHealth = z.infer<typeof PartHealth>;

export const Health = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    version: z.string().meta({ example: '0.1.0' }),
    uptime_seconds: z.number().nonnegative(),
    parts: z.record(z.string(), PartHealth).meta({ example: { database: { status: 'healthy', latency_ms: 0.4 } } }),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof Health>;

export const ApiHealth = Health.extend({ status: z.literal('ok'), message: z.literal('API is operational') })
  .loose()
  .meta({ id: 'ApiHealth', description: 'Beside these what rooms say of themselves, such as `books: {count, note}`' });
export type ApiHealth = z.infer<typeof ApiHealth>;

export const MetricsSummary = z.object({
  active_models: z.int().nonnegative().meta({ description: 'Models with a version in production', example: 2 }),
  total_predictions: z.int().nonnegative().meta({
    description: 'Rows predicted since the first start, by all processes on this database',
    example: 1200,
  }),
  uptime_seconds: z.number().nonnegative(),
  version: z.string().meta({ example: '0.1.0' }),
});
export type MetricsSummary = z.infer<typeof MetricsSummary>;

export const Liveness = z.object({ status: z.literal('alive') }).meta({ id: 'Liveness' });
export const Readiness = z.object({ status: z.literal('ready') }).meta({ id: 'Readiness' });
