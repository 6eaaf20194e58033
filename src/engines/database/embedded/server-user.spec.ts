import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { canReach, chooseServerUser, type ServerUser } from './server-user.js';

const aStranger = (overrides: Partial<ServerUser> = {}): ServerUser => ({
  name: 'stranger',
  uid: 54_321,
  gid: 54_321,
  ...overrides,
});

describe('canReach', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-user-'));
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'inner'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lets a stranger through folders that are open to all', async () => {
    expect(await canReach(aStranger(), join(folder, 'inner'))).toBe(true);
  });

  it('stops a stranger at a folder that only its owner may enter, however far above', async () => {
    await chmod(folder, 0o700);
    expect(await canReach(aStranger(), join(folder, 'inner'))).toBe(false);
    expect(await canReach(aStranger({ uid: userInfo().uid }), join(folder, 'inner'))).toBe(true);
  });

  it('lets the group of a folder through when the group may enter', async () => {
    await chmod(folder, 0o710);
    expect(await canReach(aStranger({ gid: userInfo().gid }), join(folder, 'inner'))).toBe(true);
  });

  it('asks of a path that does not exist yet whether its beginning can be reached', async () => {
    await chmod(folder, 0o700);
    expect(await canReach(aStranger(), join(folder, 'not/yet/there'))).toBe(false);
  });

  it('follows links to where they lead', async () => {
    await chmod(folder, 0o700);
    const open = await mkdtemp(join(tmpdir(), 'lab-user-'));
    await chmod(open, 0o755);
    await symlink(folder, join(open, 'link'));
    expect(await canReach(aStranger(), join(open, 'link'))).toBe(false);
    await rm(open, { recursive: true });
  });

  it('does not let a program be run that nobody may execute', async () => {
    await writeFile(join(folder, 'program'), '', { mode: 0o644 });
    expect(await canReach(aStranger(), join(folder, 'program'))).toBe(false);
  });
});

describe('chooseServerUser', () => {
  it('gives a root process an account that is not root, and an ordinary one its own', async () => {
    const user = await chooseServerUser('/does/not/exist');
    if (userInfo().uid === 0) expect(user?.uid).toBeGreaterThan(0);
    else expect(user).toBeUndefined();
  });
});
