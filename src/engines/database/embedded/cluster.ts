import { hash, randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import { EmbeddedServerError } from '../database.errors.js';
import type { Binaries } from './binaries.js';
import { endOrphans } from './postmaster.js';
import { processOptions, run } from './server-process.js';
import { canReach, type ServerUser } from './server-user.js';

/** The role that owns everything in an embedded cluster. */
export const OWNER_ROLE = 'lab';

/** A cluster to be made or opened, and what it is made with. */
export interface ClusterPlan {
  readonly cluster: string;
  readonly user: ServerUser | undefined;
  readonly binaries: Binaries;
}

const exists = async (path: string): Promise<boolean> => (await lstat(path).catch(() => undefined)) !== undefined;

/**
 * Finds where the cluster is, or where a new one goes.
 * @param folder holds the cluster, or a link to it
 * @param shelter where it goes when the account of the server may not enter the folder
 * @returns a path that need not exist yet; the folder around it does
 */
export async function locateCluster(folder: string, user: ServerUser | undefined, shelter: string): Promise<string> {
  const inPlace = join(folder, 'cluster');
  const entry = await lstat(inPlace).catch(() => undefined);
  if (entry?.isSymbolicLink()) return followLink(inPlace);
  if (!user || (await canReach(user, inPlace))) return inPlace;
  const home = join(shelter, hash('sha256', await realpath(folder)).slice(0, 16));
  if (entry) {
    throw new EmbeddedServerError(
      `The account ${user.name}, which owns the cluster ${inPlace}, may not enter a folder above it`,
      `Let it in, or move the cluster and leave a link: mkdir -p ${home} && mv ${inPlace} ${home}/ && ln -s ${home}/cluster ${inPlace}.`,
    );
  }
  await mkdir(home, { recursive: true });
  for (const path of [shelter, home]) await chmod(path, 0o755);
  return join(home, 'cluster');
}

async function followLink(link: string): Promise<string> {
  return realpath(link).catch(() => {
    throw new EmbeddedServerError(
      `The cluster that ${link} points at is gone`,
      'Bring it back, or remove the link to begin with an empty database.',
    );
  });
}

/**
 * Makes the cluster unless it is there. No server may run on it.
 * @param folder keeps the password, and a link when the cluster is elsewhere
 * @returns the password of the owner: made once, and made anew when its file is gone
 */
export async function ensureCluster(folder: string, plan: ClusterPlan): Promise<string> {
  const link = join(folder, 'cluster');
  const passwordFile = join(folder, 'password');
  if (!(await exists(link))) await setOrphanAside(plan.cluster, folder);
  const kept = await readFile(passwordFile, 'utf8').catch(() => undefined);
  const password = kept?.trim() || randomBytes(24).toString('base64url');
  if (!(await exists(plan.cluster))) await makeCluster(plan, password);
  else if (!kept) await changePassword(plan, password);
  if (!kept) await writeWhole(passwordFile, `${password}\n`);
  if (!(await exists(link))) {
    await symlink(plan.cluster, link);
    new Logger('EmbeddedPostgres').log(
      `The account ${plan.user?.name} may not enter ${folder}: the cluster is in ${plan.cluster}`,
    );
  }
  return password;
}

/** A cluster that no data folder points at belonged to one that was deleted: the new one does not inherit it. */
async function setOrphanAside(cluster: string, folder: string): Promise<void> {
  if (!(await exists(cluster))) return;
  await rm(`${cluster}.orphan`, { recursive: true, force: true });
  await rename(cluster, `${cluster}.orphan`);
  new Logger('EmbeddedPostgres').warn(`The cluster of an earlier ${dirname(folder)} is kept as ${cluster}.orphan`);
}

/** initdb works beside the final place and a rename ends it, so a cluster that is there is whole. */
async function makeCluster({ cluster, user, binaries }: ClusterPlan, password: string): Promise<void> {
  await clearUnfinished(`${cluster}.new-`);
  const staging = `${cluster}.new-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${staging}.password`;
  await mkdir(staging, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) for (const path of [staging, passwordFile]) await chown(path, user.uid, user.gid);
  await attempt('initdb', run(binaries.initdb, initdbArguments(staging, passwordFile), processOptions(user, staging)));
  await rm(passwordFile);
  await rename(staging, cluster);
}

/** When a start is killed in the middle, its initdb goes on for a while. */
async function clearUnfinished(prefix: string): Promise<void> {
  for (const entry of await readdir(dirname(prefix))) {
    if (!entry.startsWith(basename(prefix))) continue;
    const path = join(dirname(prefix), entry);
    await endOrphans(path);
    await rm(path, { recursive: true, force: true, maxRetries: 10 });
  }
}

function initdbArguments(folder: string, passwordFile: string): string[] {
  const linux = process.platform === 'linux';
  return [
    ...['-D', folder, '-U', OWNER_ROLE, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
    // The built-in provider sorts by code point, and still does when the machine's C library has changed.
    ...['--encoding=UTF8', `--locale=${linux ? 'C.UTF-8' : 'C'}`, '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    ...(linux ? ['--sync-method=syncfs'] : []),
  ];
}

/** Whoever may read the files of a cluster owns it: without a server around it, PostgreSQL asks for no password. */
async function changePassword({ cluster, user, binaries }: ClusterPlan, password: string): Promise<void> {
  const statement = `ALTER ROLE ${OWNER_ROLE} PASSWORD '${password}'\n`;
  await attempt(
    'postgres --single',
    run(binaries.postgres, ['--single', '-D', cluster, 'postgres'], processOptions(user, cluster), statement),
  );
}

async function attempt(program: string, running: Promise<unknown>): Promise<void> {
  try {
    await running;
  } catch (error) {
    throw new EmbeddedServerError(`${program} failed: ${(error as Error).message}`, 'Mend what it says and start again.');
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}
