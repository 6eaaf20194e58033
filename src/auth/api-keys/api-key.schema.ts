import { z } from 'zod';
import { pageOf, PageQuery } from '../../http/page.schema.js';
import { ROLES } from '../role.types.js';

const KeyRole = z.enum(ROLES).meta({ description: 'What the key may do', example: 'analyst' });

export const NewApiKey = z
  .object({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
        'is 1 to 64 letters, digits, ".", "_", "@" or "-", and begins with a letter or digit',
      )
      .meta({ description: 'Unique; the audit log calls the key api-key:<name>', example: 'nightly-report' }),
    role: KeyRole,
    expires_at: z.iso
      .datetime()
      .optional()
      .meta({ description: 'From when on it is refused; never when absent', example: '2099-12-31T23:59:59Z' }),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.infer<typeof NewApiKey>;

export const ApiKey = z
  .object({
    id: z.uuid().meta({ example: '0b9ccf3c-3f0c-4a53-9a52-6d1c4b7e8f10' }),
    name: z.string().meta({ example: 'nightly-report' }),
    role: KeyRole,
    created_by: z.string().meta({ example: 'admin' }),
    created_at: z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' }),
    expires_at: z.iso.datetime().nullable().meta({ example: '2099-12-31T23:59:59.000Z' }),
    last_used_at: z.iso.datetime().nullable().meta({ description: 'To the minute', example: null }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

export const CreatedApiKey = ApiKey.extend({
  key: z.string().meta({ description: 'Shown this once. Send it as X-API-Key, or as bearer' }),
}).meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

export const ApiKeyPage = pageOf('ApiKeyPage', ApiKey);

export const ApiKeyQuery = PageQuery.extend({
  sort: z
    .enum(['name', '-name', 'created_at', '-created_at'])
    .default('name')
    .meta({ description: 'A "-" in front turns the order round' }),
});
export type ApiKeyQuery = z.infer<typeof ApiKeyQuery>;
