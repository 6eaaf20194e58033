import { z } from 'zod';

export const LineageNode = z
  .object({
    id: z.string().meta({ description: 'Kind and name: names alone may be the same', example: 'dataset:gold.routes' }),
    kind: z.enum(['source', 'file', 'topic', 'dataset', 'sql_model', 'warehouse_table', 'training_run', 'model_version']).meta({
      description: '`sql_model`: one that has no table, because it is a view or was never built',
    }),
    name: z.string().meta({ example: 'gold.routes' }),
    version: z.int().nonnegative().nullable().meta({ description: 'Where it stands now; null for what has no versions' }),
  })
  .meta({ id: 'LineageNode' });
export type LineageNode = z.infer<typeof LineageNode>;

export const LineageEdge = z
  .object({
    from: z.string().meta({ description: 'The `id` of what was read' }),
    to: z.string().meta({ description: 'The `id` of what was made from it' }),
    version: z.int().nonnegative().nullable().meta({
      description: 'The version of `from` that was read; null when it has none, or nothing was made yet',
    }),
    run_id: z.uuid().nullable().meta({ description: 'The run or job that made it' }),
  })
  .meta({ id: 'LineageEdge' });
export type LineageEdge = z.infer<typeof LineageEdge>;

export const Lineage = z.object({ nodes: z.array(LineageNode), edges: z.array(LineageEdge) }).meta({ id: 'Lineage' });
export type Lineage = z.infer<typeof Lineage>;
