import { InvalidTopicError, TopicNotFoundError } from '../stream.errors.js';
import type { TopicPlan } from '../stream.port.js';
import type { StreamDatabase } from './stream-database.js';

/** Makes the topic, or gives it what is new of the plan; no row when it has more partitions already. */
const ENSURE = {
  name: 'stream-ensure-topic',
  text: `
    with topic as (
      insert into lab.stream_topics as t (name, partitions, retention_hours, retention_bytes) values ($1, $2, $3, $4)
      on conflict (name) do update
      set partitions = excluded.partitions, retention_hours = excluded.retention_hours, retention_bytes = excluded.retention_bytes
      where t.partitions <= excluded.partitions
      returning id, partitions
    ), heads as (
      insert into lab.stream_partitions (topic, partition)
      select id, generate_series(0, partitions - 1) from topic
      on conflict do nothing
    )
    select id from topic`,
};
const LIST = {
  name: 'stream-topics',
  text: 'select id, name, partitions, retention_hours as hours, retention_bytes as bytes from lab.stream_topics order by name collate "C"',
};
const FIND = {
  name: 'stream-topic',
  text: 'select id, name, partitions, retention_hours as hours, retention_bytes as bytes from lab.stream_topics where name = $1',
};
/** What is in it goes later: nobody finds it any more. */
const DELETE = { name: 'stream-delete-topic', text: 'delete from lab.stream_topics where name = $1 returning id' };

/** The rules of Kafka. */
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;
const MOST_PARTITIONS = 1000;

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
}

interface TopicRow extends Topic {
  readonly hours: number | null;
  readonly bytes: number | null;
}

/** What topics there are. A topic that is deleted and made again is another one, with another id. */
export class TopicCatalogue {
  private readonly known = new Map<string, Topic>();

  constructor(private readonly database: StreamDatabase) {}

  async ensure({ name, partitions, hours, bytes }: TopicPlan): Promise<void> {
    if (!NAME.test(name)) throw new InvalidTopicError(name, 'a name has up to 249 letters, digits, dots, underscores and dashes');
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS) {
      throw new InvalidTopicError(name, `it has 1 to ${MOST_PARTITIONS} partitions`);
    }
    const made = await this.database.query(ENSURE, [name, partitions, hours ?? null, bytes ?? null]);
    this.forget(name);
    if (made.length === 0) throw new InvalidTopicError(name, 'it has more partitions already, and never fewer');
  }

  async list(): Promise<TopicPlan[]> {
    return (await this.database.query<TopicRow>(LIST)).map(({ name, partitions, hours, bytes }) => ({
      name,
      partitions,
      ...(hours !== null && { hours }),
      ...(bytes !== null && { bytes }),
    }));
  }

  async delete(name: string): Promise<void> {
    this.forget(name);
    const deleted = await this.database.query(DELETE, [name]);
    if (deleted.length === 0) throw new TopicNotFoundError(name);
  }

  /** As it was when last looked at. @throws {TopicNotFoundError} */
  async find(name: string): Promise<Topic> {
    const known = this.known.get(name);
    if (known) return known;
    const [topic] = await this.database.query<TopicRow>(FIND, [name]);
    if (!topic) throw new TopicNotFoundError(name);
    this.known.set(name, topic);
    return topic;
  }

  /** It is looked at anew. */
  forget(name: string): void {
    this.known.delete(name);
  }
}
