import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { LabConfig } from '../../config/lab-config.js';
import { BriefMemory } from '../brief-memory.js';
import type { Caller } from '../caller.types.js';
import type { Role } from '../role.types.js';

/** How a user stands now, whatever the token said when it was made. */
export interface UserState {
  readonly caller: Caller;
  readonly blocked: boolean;
  /** Sessions that ended while an access token of theirs may still be about. */
  readonly endedSessions: ReadonlySet<string>;
}

interface Row {
  username: string;
  role: Role;
  blocked: boolean;
  ended_sessions: string[];
}

// Five seconds are promised on every process; one of them is left for requests under way.
const LIFE_MS = 4_000;
const CAPACITY = 10_000;

const STATE = `
  select username, role, blocked, array(
    select id::text from lab.refresh_tokens
    where user_id = u.id and revoked_at > now() - make_interval(mins => $2)
  ) as ended_sessions
  from lab.users u where id = $1`;

/** The states of those who call, each asked for at most once in 4 s. */
@Injectable()
export class UserStates {
  private readonly memory = new BriefMemory<UserState | undefined>(LIFE_MS, CAPACITY, (id) => this.load(id));

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly config: LabConfig,
  ) {}

  /** @returns undefined for a user who is gone */
  of(userId: string): UserState | undefined | Promise<UserState | undefined> {
    return this.memory.get(userId);
  }

  /** Makes a change felt at once in this process; the others see it when their memory is over. */
  drop(userId: string): void {
    this.memory.drop(userId);
  }

  private async load(userId: string): Promise<UserState | undefined> {
    const [row] = await this.database.query<Row[]>(STATE, [userId, this.config.jwtTtlMinutes]);
    if (!row) return undefined;
    const { username, role, blocked, ended_sessions } = row;
    return { caller: { username, role }, blocked, endedSessions: new Set(ended_sessions) };
  }
}
