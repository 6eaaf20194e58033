import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EmbeddedServerError } from '../database.errors.js';

/** An account of the operating system that the server runs under. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that exist for what should own nothing, in the order in which they are tried. */
const UNPRIVILEGED = ['nobody', 'postgres', 'daemon'];

/**
 * PostgreSQL refuses to run as root: whoever owns the cluster runs it, and a new one belongs to an unprivileged account.
 * @param cluster a folder that may not exist yet
 * @returns undefined when the server can run as this process does
 */
export async function chooseServerUser(cluster: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = parseAccounts(await readFile('/etc/passwd', 'utf8'));
  const owner = await stat(cluster).catch(() => undefined);
  const chosen =
    owner && owner.uid !== 0
      ? accounts.find(({ uid }) => uid === owner.uid)
      : UNPRIVILEGED.map((wanted) => accounts.find(({ name }) => name === wanted)).find((account) => account !== undefined);
  if (chosen) return chosen;
  throw new EmbeddedServerError(
    `PostgreSQL does not run as root, and there is no account for it (tried ${owner ? `uid ${owner.uid}, the owner of ${cluster}` : UNPRIVILEGED.join(', ')})`,
    'Start the process as an ordinary user, or add one of these accounts.',
  );
}

/** Whether every folder on the way, and the last entry itself, may be entered (or executed) by the user. Missing ends are no obstacle. */
export async function canReach(user: ServerUser, path: string): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return canReach(user, dirname(path));
  for (let step = real; ; step = dirname(step)) {
    const { mode, uid, gid } = await stat(step);
    const execute = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & execute) === 0) return false;
    if (step === dirname(step)) return true;
  }
}

function parseAccounts(passwd: string): ServerUser[] {
  return passwd
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4 && Number(fields[2]) > 0)
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
