import { z } from 'zod';
import { pageOf, PageQuery } from '../../http/page.schema.js';

export const AuditEntry = z
  .object({
    at: z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' }),
    username: z
      .string()
      .nullable()
      .meta({ description: 'Of a refused login the name that was tried; null when no valid token came', example: 'ana' }),
    method: z.string().meta({ example: 'PATCH' }),
    route: z.string().meta({ description: 'As declared', example: '/api/v1/users/:username' }),
    path: z.string().meta({ description: 'As called, without the query', example: '/api/v1/users/ana' }),
    status: z.int().meta({ example: 403 }),
    request_id: z.string().meta({ example: 'req-1' }),
    address: z.string().meta({ example: '127.0.0.1' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditPage = pageOf('AuditPage', AuditEntry);

export const AuditQuery = PageQuery.extend({
  username: z
    .string()
    .regex(/^[\w.@:-]{1,80}$/)
    .optional()
    .meta({ description: 'Of one user and of logins under the name, or api-key:<name>' }),
  status: z.coerce.number().int().min(100).max(599).optional().meta({ description: 'Such as 403' }),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
