import { createSecretKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { keptSecret } from '../../config/kept-secret.js';
import type { LabConfig } from '../../config/lab-config.js';
import { BrokenSigningKeyError } from '../auth.errors.js';

const FILE = 'jwt-secret';
const LEAST_BYTES = 32;

/**
 * The key that signs access tokens: JWT_SECRET, or one that is made once and kept below the data folder.
 * @throws {BrokenSigningKeyError}
 */
export async function signingKey({ jwtSecret, dataDir }: Pick<LabConfig, 'jwtSecret' | 'dataDir'>): Promise<KeyObject> {
  const secret = jwtSecret ?? (await keptSecret(dataDir, FILE));
  if (secret.length < LEAST_BYTES) throw new BrokenSigningKeyError(join(dataDir, FILE));
  // As a KeyObject, because a string is turned into a key anew for each token (up to 350 µs).
  return createSecretKey(Buffer.from(secret));
}
