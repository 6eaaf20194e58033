import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { StreamNotFoundError } from '../streaming.errors.js';
import type { Hold } from './checkpoints.js';

/** What its owner learns at a sign of life. */
export interface Renewed extends Hold {
  readonly paused: boolean;
}

/**
 * Takes each stream that nobody has, or whose owner gave no sign of life: its fence is another one from then on. One whose checkpoint
 * is under way is waited for by nobody.
 */
const CLAIM = `
  update lab.streams set owner = $2, fence = fence + 1, lease_until = now() + $3::int * interval '1 millisecond'
  where name in (
    select name from lab.streams
    where name = any($1::text[]) and not paused and (lease_until is null or lease_until < now())
      and (retry_at is null or retry_at <= now())
    for update skip locked)
  returning name, fence`;

const RENEW = `
  update lab.streams stream set lease_until = now() + $2::int * interval '1 millisecond', error = given.error
  from jsonb_to_recordset($1::jsonb) as given(name text, fence bigint, error text)
  where stream.name = given.name and stream.fence = given.fence and stream.lease_until is not null
  returning stream.name, stream.fence, stream.paused`;

const RELEASE = `
  update lab.streams set owner = null, lease_until = null, error = $3, retry_at = now() + $4::int * interval '1 millisecond'
  where name = $1 and fence = $2`;

/** A state that an owner may still write is that of nobody any more: the fence moves with it. */
const RESTART = `
  with restarted as (
    update lab.streams set fence = fence + 1, version = version + 1, owner = null, lease_until = null, retry_at = null, error = null,
      fingerprint = null, topic_id = null, start_from = $2, positions = '{}', watermark = null, counters = '{}', figures = '{}'
    where name = $1 returning name)
  delete from lab.stream_state where stream in (select name from restarted)`;

/** Who carries which stream on: one process at a time. */
@Injectable()
export class StreamLeases {
  constructor(private readonly database: DataSource) {}

  async declare(names: readonly string[]): Promise<void> {
    await this.database.query('insert into lab.streams (name) select unnest($1::text[]) on conflict do nothing', [names]);
  }

  async claim(names: readonly string[], owner: string, leaseMs: number): Promise<Hold[]> {
    const [claimed] = await this.database.query<[Hold[], number]>(CLAIM, [names, owner, leaseMs]);
    return claimed;
  }

  /** @returns those that are still held, with what is asked of them */
  async renew(holds: readonly (Hold & { readonly error: string | null })[], leaseMs: number): Promise<Renewed[]> {
    const [renewed] = await this.database.query<[Renewed[], number]>(RENEW, [JSON.stringify(holds), leaseMs]);
    return renewed;
  }

  /** @param retryMs before which nobody takes it */
  async release({ name, fence }: Hold, error: string | null, retryMs: number): Promise<void> {
    await this.database.query(RELEASE, [name, fence, error, retryMs]);
  }

  /** @throws {StreamNotFoundError} */
  async setPaused(name: string, paused: boolean): Promise<void> {
    const [, changed] = await this.database.query<[unknown[], number]>(
      'update lab.streams set paused = $2, retry_at = null where name = $1',
      [name, paused],
    );
    if (changed === 0) throw new StreamNotFoundError(name);
  }

  async restart(name: string, from: 'earliest' | 'latest'): Promise<void> {
    await this.database.query(RESTART, [name, from]);
  }
}
