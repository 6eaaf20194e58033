import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import { LastAdminError, UsernameTakenError, UserNotFoundError } from '../auth.errors.js';
import { RefreshTokens } from '../sessions/refresh-tokens.js';
import { UserStates } from '../sessions/user-states.js';
import { Passwords } from './passwords.js';
import { UserEntity } from './user.entity.js';
import { type NewUser, type User, type UserChange, USERNAME, type UserQuery } from './user.schema.js';

const SORTS = { username: 'lower(u.username)', created_at: 'u.createdAt' } as const;

/** Who there is. At every moment at least one admin is not blocked. */
@Injectable()
export class UsersService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly passwords: Passwords,
    private readonly refreshTokens: RefreshTokens,
    private readonly states: UserStates,
  ) {}

  /** @throws {UsernameTakenError} */
  async create({ username, password, role }: NewUser): Promise<User> {
    const passwordHash = await this.passwords.hash(password);
    const insert = this.database.createQueryBuilder().insert().into(UserEntity).values({ username, role, passwordHash });
    // The database decides who of two was first: the loser's row is ignored.
    const { raw } = await insert.orIgnore().updateEntity(false).returning('id').execute();
    const [made] = raw as Pick<UserEntity, 'id'>[];
    if (!made) throw new UsernameTakenError(username);
    return asUser(await this.database.getRepository(UserEntity).findOneByOrFail({ id: made.id }));
  }

  async list({ limit, offset, sort }: UserQuery): Promise<Page<User>> {
    const column = SORTS[sort.replace('-', '') as keyof typeof SORTS];
    const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
    const query = this.database.createQueryBuilder(UserEntity, 'u').orderBy(column, direction).addOrderBy('u.id');
    const [users, total] = await query.limit(limit).offset(offset).getManyAndCount();
    return { items: users.map(asUser), total };
  }

  /** The user in any case of letters, with the hash of the password. */
  async find(username: string): Promise<UserEntity | undefined> {
    if (!USERNAME.test(username)) return undefined;
    const query = this.database.createQueryBuilder(UserEntity, 'u');
    return (await query.where('lower(u.username) = :name', { name: username.toLowerCase() }).getOne()) ?? undefined;
  }

  /**
   * A role or a block takes effect within 5 s on every process, a new password ends every session.
   * @throws {UserNotFoundError | LastAdminError}
   */
  async change(username: string, change: UserChange): Promise<User> {
    const passwordHash = change.password === undefined ? undefined : await this.passwords.hash(change.password);
    const changed = await this.database.transaction(async (manager) => {
      const { user, otherAdmins } = await lockWithAdmins(manager, username);
      const { role = user.role, blocked = user.blocked } = change;
      if (otherAdmins === 0 && isActiveAdmin(user) && !isActiveAdmin({ role, blocked })) throw new LastAdminError(user.username);
      const values = { role, blocked, passwordHash: passwordHash ?? user.passwordHash, updatedAt: new Date() };
      await manager.update(UserEntity, user.id, values);
      if (passwordHash !== undefined) await this.refreshTokens.revokeAllOf(user.id, manager);
      return { ...user, ...values };
    });
    this.states.drop(changed.id);
    return asUser(changed);
  }

  /** @throws {UserNotFoundError | LastAdminError} */
  async remove(username: string): Promise<void> {
    const removed = await this.database.transaction(async (manager) => {
      const { user, otherAdmins } = await lockWithAdmins(manager, username);
      if (otherAdmins === 0 && isActiveAdmin(user)) throw new LastAdminError(user.username);
      await manager.delete(UserEntity, user.id);
      return user;
    });
    this.states.drop(removed.id);
  }
}

const isActiveAdmin = ({ role, blocked }: Pick<UserEntity, 'role' | 'blocked'>): boolean => role === 'admin' && !blocked;

/** Locks the user and every active admin, in one order for all, so that two admins cannot remove each other at the same time. */
async function lockWithAdmins(manager: EntityManager, username: string): Promise<{ user: UserEntity; otherAdmins: number }> {
  if (!USERNAME.test(username)) throw new UserNotFoundError(username);
  const name = username.toLowerCase();
  const rows = await manager
    .createQueryBuilder(UserEntity, 'u')
    .where(`lower(u.username) = :name or (u.role = 'admin' and not u.blocked)`, { name })
    .orderBy('u.id')
    .setLock('pessimistic_write')
    .getMany();
  const user = rows.find((row) => row.username.toLowerCase() === name);
  if (!user) throw new UserNotFoundError(username);
  return { user, otherAdmins: rows.filter((row) => row !== user && isActiveAdmin(row)).length };
}

const asUser = (user: UserEntity): User => ({
  username: user.username,
  role: user.role,
  blocked: user.blocked,
  created_at: user.createdAt.toISOString(),
  updated_at: user.updatedAt.toISOString(),
});
