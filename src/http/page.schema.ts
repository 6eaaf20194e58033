import { z } from 'zod';

/** How a list is paged: extend it with the filters of the list. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(50).meta({ description: 'How many items at most' }),
  offset: z.coerce.number().int().min(0).default(0).meta({ description: 'How many items to pass over' }),
});
export type PageQuery = z.infer<typeof PageQuery>;

export interface Page<T> {
  items: T[];
  total: number;
}

/** @param id name of the schema in the OpenAPI document */
export const pageOf = <T extends z.ZodType>(id: string, item: T) =>
  z.object({ items: z.array(item), total: z.int().nonnegative() }).meta({ id });
