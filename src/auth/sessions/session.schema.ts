import { z } from 'zod';
import { ROLES } from '../role.types.js';

export const Login = z
  .object({
    username: z.string().min(1).max(64).meta({ description: 'In any case of letters', example: 'admin' }),
    password: z.string().min(1).max(1024).meta({ example: 'admin' }),
  })
  .meta({ id: 'Login' });
export type Login = z.infer<typeof Login>;

const AccessToken = z.object({
  access_token: z.string().meta({ description: 'Signed (JWT); sent as "Authorization: Bearer <token>"' }),
  token_type: z.literal('Bearer'),
  expires_in: z.int().meta({ description: 'Seconds', example: 3600 }),
});

export const RefreshedTokens = AccessToken.meta({ id: 'RefreshedTokens' });
export type RefreshedTokens = z.infer<typeof RefreshedTokens>;

export const Tokens = AccessToken.extend({
  refresh_token: z.string().meta({ description: 'Opaque; good for 30 days, only for /refresh and /logout' }),
}).meta({ id: 'Tokens' });
export type Tokens = z.infer<typeof Tokens>;

export const Me = z
  .object({
    username: z.string().meta({ description: 'An API key is called api-key:<name>', example: 'admin' }),
    role: z.enum(ROLES).meta({ example: 'admin' }),
  })
  .meta({ id: 'Me' });
