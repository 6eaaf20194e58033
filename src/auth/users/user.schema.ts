import { z } from 'zod';
import { pageOf, PageQuery } from '../../http/page.schema.js';
import { ROLES } from '../role.types.js';

/** What a username may hold: no blank, no colon, nothing that needs escaping in a path. */
export const USERNAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

const Username = z
  .string()
  .regex(USERNAME, 'is 1 to 64 letters, digits, ".", "_", "@" or "-", and begins with a letter or digit')
  .meta({ description: 'Unique, upper and lower case being the same', example: 'ana' });
const Password = z.string().min(10).max(1024).meta({ description: 'At least 10 characters', example: 'a-long-passphrase' });
const UserRole = z.enum(ROLES).meta({ description: 'Each role may do all that the ones before it may', example: 'analyst' });

export const NewUser = z.object({ username: Username, password: Password, role: UserRole }).meta({ id: 'NewUser' });
export type NewUser = z.infer<typeof NewUser>;

export const UserChange = z
  .object({
    role: UserRole.optional(),
    blocked: z.boolean().optional().meta({ description: 'A blocked user is refused everywhere within 5 s', example: false }),
    password: Password.optional().meta({
      description: 'A new password ends every session of the user',
      example: 'another-passphrase',
    }),
  })
  .meta({ id: 'UserChange' });
export type UserChange = z.infer<typeof UserChange>;

export const User = z
  .object({
    username: z.string().meta({ example: 'ana' }),
    role: z.enum(ROLES).meta({ example: 'analyst' }),
    blocked: z.boolean().meta({ example: false }),
    created_at: z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' }),
    updated_at: z.iso.datetime().meta({ example: '2026-01-31T12:00:00.000Z' }),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const UserPage = pageOf('UserPage', User);

export const UserQuery = PageQuery.extend({
  sort: z
    .enum(['username', '-username', 'created_at', '-created_at'])
    .default('username')
    .meta({ description: 'A "-" in front turns the order round' }),
});
export type UserQuery = z.infer<typeof UserQuery>;
