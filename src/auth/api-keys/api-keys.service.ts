import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import {
  ApiKeyNameTakenError,
  ApiKeyNotFoundError,
  ExpiryInThePastError,
  InvalidTokenError,
  TokenExpiredError,
} from '../auth.errors.js';
import { BriefMemory } from '../brief-memory.js';
import type { Caller } from '../caller.types.js';
import { digestOf, isSecret, newSecret } from '../opaque-secret.js';
import { ApiKeyEntity } from './api-key.entity.js';
import type { ApiKey, ApiKeyQuery, CreatedApiKey, NewApiKey } from './api-key.schema.js';

interface KeyState {
  readonly caller: Caller;
  /** Milliseconds since 1970; infinity for never. */
  readonly expiresAt: number;
}

const LIFE_MS = 4_000;
const CAPACITY = 10_000;
const MINUTE_MS = 60_000;
const SORTS = { name: 'name', created_at: 'createdAt' } as const;

/** Keys for programs. A deleted key is refused at once in this process and within 4 s in the others. */
@Injectable()
export class ApiKeysService {
  private readonly memory = new BriefMemory<KeyState | undefined>(LIFE_MS, CAPACITY, (key) => this.load(key));

  constructor(@InjectRepository(ApiKeyEntity) private readonly keys: Repository<ApiKeyEntity>) {}

  /**
   * The key is in the answer, and nowhere else.
   * @throws {ExpiryInThePastError | ApiKeyNameTakenError}
   */
  async create({ name, role, expires_at }: NewApiKey, createdBy: string): Promise<CreatedApiKey> {
    const expiresAt = expires_at === undefined ? null : new Date(expires_at);
    if (expiresAt && expiresAt.getTime() <= Date.now()) throw new ExpiryInThePastError(expiresAt);
    const key = newSecret('dflk');
    const insert = this.keys
      .createQueryBuilder()
      .insert()
      .values({ name, role, digest: digestOf(key), createdBy, expiresAt });
    const { raw } = await insert.orIgnore().updateEntity(false).returning('id').execute();
    const [made] = raw as Pick<ApiKeyEntity, 'id'>[];
    if (!made) throw new ApiKeyNameTakenError(name);
    return { ...asApiKey(await this.keys.findOneByOrFail({ id: made.id })), key };
  }

  async list({ limit, offset, sort }: ApiKeyQuery): Promise<Page<ApiKey>> {
    const column = SORTS[sort.replace('-', '') as keyof typeof SORTS];
    const order = { [column]: sort.startsWith('-') ? 'desc' : 'asc', id: 'asc' } as const;
    const [keys, total] = await this.keys.findAndCount({ order, take: limit, skip: offset });
    return { items: keys.map(asApiKey), total };
  }

  /** @throws {ApiKeyNotFoundError} */
  async remove(id: string): Promise<void> {
    const { affected } = await this.keys.delete(id);
    if (!affected) throw new ApiKeyNotFoundError(id);
    this.memory.clear();
  }

  /** @throws {InvalidTokenError | TokenExpiredError} */
  identify(key: string): Caller | Promise<Caller> {
    // What cannot be a key is not asked for and takes no place in memory.
    if (!isSecret('dflk', key)) throw new InvalidTokenError();
    const state = this.memory.get(key);
    return state instanceof Promise ? state.then(admit) : admit(state);
  }

  private async load(key: string): Promise<KeyState | undefined> {
    const found = await this.keys.findOneBy({ digest: digestOf(key) });
    if (!found) return undefined;
    const expiresAt = found.expiresAt?.getTime() ?? Infinity;
    if (expiresAt > Date.now()) await this.noteUse(found);
    return { caller: { username: `api-key:${found.name}`, role: found.role }, expiresAt };
  }

  private async noteUse({ id, lastUsedAt }: ApiKeyEntity): Promise<void> {
    const now = Date.now();
    if (lastUsedAt && now - lastUsedAt.getTime() < MINUTE_MS) return;
    await this.keys.update(id, { lastUsedAt: new Date(now) });
  }
}

function admit(state: KeyState | undefined): Caller {
  if (!state) throw new InvalidTokenError();
  if (state.expiresAt <= Date.now()) throw new TokenExpiredError();
  return state.caller;
}

const asApiKey = (key: ApiKeyEntity): ApiKey => ({
  id: key.id,
  name: key.name,
  role: key.role,
  created_by: key.createdBy,
  created_at: key.createdAt.toISOString(),
  expires_at: key.expiresAt?.toISOString() ?? null,
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
});
