import { z } from 'zod';

export const ScrapingLogQuery = z.object({
  lines: z.coerce.number().int().min(1).max(1000).default(50).meta({ description: 'The last ones', example: 50 }),
});
export type ScrapingLogQuery = z.output<typeof ScrapingLogQuery>;

export const ScrapingStarted = z
  .object({
    message: z.string(),
    status: z.literal('running'),
    id: z.uuid(),
    href: z.string().meta({ example: '/api/v1/runs/0b5f6f0c-6a43-4a43-9f3e-3d0f0a4f5a10' }),
  })
  .meta({ id: 'ScrapingStarted' });
export type ScrapingStarted = z.infer<typeof ScrapingStarted>;

export const ScrapingLog = z
  .object({
    logs: z.array(z.string()).meta({ description: 'Oldest line first', example: ['2026-01-05T04:00:00.000Z INFO scrape: …'] }),
    total_lines: z.int().min(0),
    status: z.enum(['running', 'completed', 'failed', 'not_started']).meta({
      description: '`completed`: catalogue and statistics answer from the new data',
    }),
  })
  .meta({ id: 'ScrapingLog' });
export type ScrapingLog = z.infer<typeof ScrapingLog>;

export const ScrapingFileDeleted = z.object({ message: z.string() }).meta({ id: 'ScrapingFileDeleted' });
export type ScrapingFileDeleted = z.infer<typeof ScrapingFileDeleted>;
