import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type QueryRunner } from 'typeorm';
import type { PartitionRange } from '../../engines/stream/stream.port.js';
import { DeadLetterEntity } from './dead-letter.entity.js';

/** Our number among the advisory locks of the database: "labl" in ASCII. */
const TURN = 0x6c61_626c;
const ASK_AGAIN_MS = 500;

/** Letters on their way, and where their topic ended before: what was appended of them is found behind it. */
export interface Sending {
  readonly id: string;
  /** By partition. */
  readonly ends: readonly number[];
  readonly begunAt: Date;
}

/** Which letters have gone back, as it survives the process that sends them. */
@Injectable()
export class ReplayLedger {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** Waits until nobody else replays this topic. The lock goes with the connection: a dead process holds none. */
  async alone<T>(topicId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const session = this.database.createQueryRunner();
    try {
      while (!(await isTaken(session, topicId))) await sleep(ASK_AGAIN_MS, undefined, { signal });
      return await work();
    } finally {
      await session.query('select pg_advisory_unlock($1, hashtext($2))', [TURN, topicId]).catch(() => undefined);
      await session.release();
    }
  }

  /** The id of the newest letter, or null: those that come while this replay goes on are the next one's. */
  async newest(topicId: string): Promise<string | null> {
    const [{ newest }] = await this.database.query<{ newest: string | null }[]>(
      'select max(id) as newest from lab.dead_letters where topic_id = $1',
      [topicId],
    );
    return newest;
  }

  /** Open ones in their order. @param after and upTo ids */
  open(topicId: string, { after, upTo, ids, most }: OpenLetters): Promise<DeadLetterEntity[]> {
    const query = this.database.getRepository(DeadLetterEntity).createQueryBuilder('letter');
    query.where({ topicId, status: 'open' }).andWhere('letter.id > :after and letter.id <= :upTo', { after, upTo });
    if (ids) query.andWhere('letter.id = any(:ids::bigint[])', { ids });
    return query.orderBy('letter.id').limit(most).getMany();
  }

  /** Before the append: from now on a letter is open again only when it is known not to have been appended. */
  async begin(topicId: string, letters: readonly DeadLetterEntity[], ranges: readonly PartitionRange[]): Promise<string> {
    const id = randomUUID();
    const ends = JSON.stringify(ranges.map(({ end }) => end));
    await this.database.transaction(async (transaction) => {
      await transaction.query('insert into lab.dead_letter_sendings (id, topic_id, ends) values ($1, $2, $3)', [
        id,
        topicId,
        ends,
      ]);
      await transaction.query(`update lab.dead_letters set status = 'replaying', sending = $1 where id = any($2::bigint[])`, [
        id,
        letters.map((letter) => letter.id),
      ]);
    });
    return id;
  }

  /** After the append. @param sent ids of the letters that were appended: the others are open again */
  async end(sending: string, sent: readonly string[]): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction.query(
        `update lab.dead_letters set status = case when id = any($2::bigint[]) then 'replayed' else 'open' end,
           replayed_at = case when id = any($2::bigint[]) then now() end, sending = null
         where sending = $1`,
        [sending, sent],
      );
      await transaction.query('delete from lab.dead_letter_sendings where id = $1', [sending]);
    });
  }

  /** What a process left behind that died on the way. */
  async unfinished(topicId: string): Promise<Sending[]> {
    return this.database.query<Sending[]>(
      'select id, ends, begun_at as "begunAt" from lab.dead_letter_sendings where topic_id = $1 order by begun_at',
      [topicId],
    );
  }

  async refuse(letter: DeadLetterEntity, reason: string): Promise<void> {
    await this.database.getRepository(DeadLetterEntity).update({ id: letter.id }, { reason });
  }
}

interface OpenLetters {
  readonly after: string;
  readonly upTo: string;
  readonly ids: readonly string[] | undefined;
  readonly most: number;
}

async function isTaken(session: QueryRunner, topicId: string): Promise<boolean> {
  const [{ taken }] = (await session.query('select pg_try_advisory_lock($1, hashtext($2)) as taken', [TURN, topicId])) as {
    taken: boolean;
  }[];
  return taken;
}
