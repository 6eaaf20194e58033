import { createSecretKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabConfig } from '../../config/lab-config.js';
import { BrokenSigningKeyError } from '../auth.errors.js';

const LEAST_BYTES = 32;

/** The key that signs access tokens: JWT_SECRET, or one that is made once and kept below the data folder. */
export async function signingKey({ jwtSecret, dataDir }: Pick<LabConfig, 'jwtSecret' | 'dataDir'>): Promise<KeyObject> {
  // As a KeyObject, because a string is turned into a key anew for each token (up to 350 µs).
  return createSecretKey(Buffer.from(jwtSecret ?? (await keptSecret(dataDir))));
}

/** @throws {BrokenSigningKeyError} */
async function keptSecret(dataDir: string): Promise<string> {
  const file = join(dataDir, 'jwt-secret');
  const secret = (await readIfThere(file)) ?? (await makeSecret(dataDir, file));
  if (secret.length < LEAST_BYTES) throw new BrokenSigningKeyError(file);
  return secret;
}

/** Written whole under another name and then linked, so that of several processes one wins and none reads half a secret. */
async function makeSecret(dataDir: string, file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeDurably(draft, randomBytes(LEAST_BYTES).toString('base64url'));
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

async function writeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

async function readIfThere(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
