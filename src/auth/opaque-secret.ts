import { createHash, randomBytes } from 'node:crypto';

/** Marks what a secret is for, so that one kind never passes for another and scanners find leaked ones. */
export type SecretKind = 'dflr' | 'dflk';

/** A secret that says nothing by itself: 256 random bits behind its kind. */
export const newSecret = (kind: SecretKind): string => `${kind}_${randomBytes(32).toString('base64url')}`;

export const isSecret = (kind: SecretKind, text: string): boolean => text.startsWith(kind) && /^dfl[rk]_[\w-]{43}$/.test(text);

/** What is kept of a secret. A fast hash is enough: nobody guesses 256 random bits. */
export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
