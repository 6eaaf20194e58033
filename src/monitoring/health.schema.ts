import { z } from 'zod';

export const PartHealth = z.object({
  status: z.enum(['healthy', 'unhealthy']),
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

export const ApiHealth = Health.extend({ status: z.literal('ok'), message: z.literal('API is operational') }).meta({
  id: 'ApiHealth',
});
export type ApiHealth = z.infer<typeof ApiHealth>;

export const Liveness = z.object({ status: z.literal('alive') }).meta({ id: 'Liveness' });
export const Readiness = z.object({ status: z.literal('ready') }).meta({ id: 'Readiness' });
