import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, Repository } from 'typeorm';
import { InvalidTopicError, TopicNotFoundError } from '../engines/stream/stream.errors.js';
import { StreamLog } from '../engines/stream/stream.port.js';
import { EventBus } from '../events/event-bus.js';
import { SchemaGrowthError, TopicExistsError } from './ingestion.errors.js';
import { LandingTables } from './landing-tables.js';
import {
  bronzeOf,
  DEAD_LETTERS,
  deadLettersOf,
  type MessageSchema,
  type NewTopic,
  type Topic,
  TOPIC_NAME,
  type TopicSettings,
} from './topic.types.js';
import { TopicEntity } from './topics/topic.entity.js';
import { CompiledSchema } from './validation/compiled-schema.js';
import { beyondGrowth } from './validation/schema-growth.js';

const A_WEEK_HOURS = 168;
const DEFAULTS: TopicSettings = { partitions: 1, schema: null, retentionHours: A_WEEK_HOURS, retentionBytes: null, land: true };

const SCHEMAS_KEPT = 1_000;

/** The topics of the lab: what the message log keeps of them, and what only we know. */
@Injectable()
export class TopicsService {
  private readonly schemas = new Map<string, CompiledSchema>();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @InjectRepository(TopicEntity) private readonly topics: Repository<TopicEntity>,
    @Inject(StreamLog) private readonly log: StreamLog,
    @Inject(EventBus) private readonly bus: EventBus,
    private readonly tables: LandingTables,
  ) {}

  /**
   * One that is in the log already, as others made it, is taken over with what is in it.
   * @throws {TopicExistsError} @throws {InvalidTopicError} @throws {InvalidSchemaError} @throws {TableTakenError}
   */
  async create(topic: NewTopic): Promise<Topic> {
    const plan = { ...DEFAULTS, ...topic };
    if (!TOPIC_NAME.test(plan.name)) {
      throw new InvalidTopicError(plan.name, 'its name is 1 to 200 letters, digits, ".", "_" and "-", and begins with a letter');
    }
    if (plan.name.endsWith(DEAD_LETTERS)) {
      throw new InvalidTopicError(plan.name, 'names that end with ".dlq" are those of dead letters');
    }
    CompiledSchema.of(plan.schema, plan.land);
    if (plan.land) await this.tables.expectFree(plan.name);
    return this.announced(plan.name, (transaction) => this.insert(plan, transaction));
  }

  /** The topic of this name as it is; makes it when there is none. */
  async ensure(topic: NewTopic): Promise<Topic> {
    try {
      return await this.find(topic.name);
    } catch (error) {
      if (!(error instanceof TopicNotFoundError)) throw error;
    }
    try {
      return await this.create(topic);
    } catch (error) {
      if (error instanceof TopicExistsError) return this.find(topic.name);
      throw error;
    }
  }

  /** @throws {TopicNotFoundError} */
  async find(name: string): Promise<Topic> {
    // PostgreSQL cannot even be asked for a name with a NUL.
    const found = TOPIC_NAME.test(name) ? await this.topics.findOneBy({ name }) : null;
    if (!found) throw new TopicNotFoundError(name);
    return found;
  }

  /** In the order of their names. */
  list(): Promise<Topic[]> {
    return this.topics.find({ order: { name: 'ASC' } });
  }

  /**
   * What is not given stays.
   * @throws {TopicNotFoundError} @throws {SchemaGrowthError} @throws {InvalidSchemaError}
   * @throws {InvalidTopicError} for fewer partitions
   */
  async change(name: string, change: Partial<TopicSettings>): Promise<Topic> {
    await this.find(name);
    if (change.land) await this.tables.expectFree(name);
    return this.announced(name, async (transaction) => {
      const topic = await transaction.findOne(TopicEntity, { where: { name }, lock: { mode: 'pessimistic_write' } });
      if (!topic) throw new TopicNotFoundError(name);
      const schema = change.schema === undefined ? topic.schema : await this.grown(topic, change.schema);
      const schemaVersion = topic.schemaVersion + (isDeepStrictEqual(schema, topic.schema) ? 0 : 1);
      const changed = Object.assign(topic, change, { schema, schemaVersion, changedAt: new Date() });
      CompiledSchema.of(schema, changed.land);
      await this.log.ensureTopic(planOf(changed));
      return transaction.save(changed);
    });
  }

  /** With its messages and dead letters; the table that it landed in stays. @throws {TopicNotFoundError} */
  async delete(name: string): Promise<void> {
    await this.find(name);
    await this.announced(name, async (transaction) => {
      const { affected } = await transaction.delete(TopicEntity, { name });
      if (affected === 0) throw new TopicNotFoundError(name);
      for (const gone of [name, deadLettersOf(name)]) await this.log.deleteTopic(gone).catch(unlessAbsent);
    });
  }

  schemaOf({ id, schema, schemaVersion, land }: Topic): CompiledSchema & MessageSchema {
    const key = `${id} ${schemaVersion} ${land}`;
    const known = this.schemas.get(key);
    if (known) return known;
    if (this.schemas.size >= SCHEMAS_KEPT) this.schemas.clear();
    const compiled = CompiledSchema.of(schema, land);
    this.schemas.set(key, compiled);
    return compiled;
  }

  /** The log inside the transaction: what stands in our table is there, and a death in between leaves a topic that can be made again. */
  private async insert({ name, ...settings }: NewTopic & TopicSettings, transaction: EntityManager): Promise<Topic> {
    const now = new Date();
    const landingTable = bronzeOf(name);
    const topic = { id: randomUUID(), name, landingTable, ...settings, schemaVersion: 1, createdAt: now, changedAt: now };
    const insertion = transaction.createQueryBuilder().insert().into(TopicEntity);
    const { raw } = await insertion
      .values({ ...topic, schema: topic.schema as object })
      .orIgnore()
      .returning('id')
      .execute();
    if ((raw as unknown[]).length === 0) {
      const other = await transaction.findOneBy(TopicEntity, { landingTable });
      throw new TopicExistsError(name, other?.name ?? name, landingTable);
    }
    await this.log.ensureTopic(planOf(topic));
    return topic;
  }

  /** Messages that nobody has checked are in a topic that had no schema, and its table has their types. */
  private async grown(topic: Topic, schema: TopicSettings['schema']): Promise<TopicSettings['schema']> {
    if (topic.schema === null && schema !== null && (await this.isEmpty(topic.name))) return schema;
    const problems = beyondGrowth(topic.schema, schema);
    if (problems.length > 0) throw new SchemaGrowthError(topic.name, problems);
    return schema;
  }

  private async isEmpty(name: string): Promise<boolean> {
    return (await this.log.ranges(name)).every(({ end }) => end === 0);
  }

  private async announced<T>(name: string, work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    const result = await this.database.transaction(work);
    await this.bus.publish({ type: 'topic.changed', topic: name });
    return result;
  }
}

const planOf = ({ name, partitions, retentionHours, retentionBytes }: NewTopic & TopicSettings) => ({
  name,
  partitions,
  ...(retentionHours !== null && { hours: retentionHours }),
  ...(retentionBytes !== null && { bytes: retentionBytes }),
});

function unlessAbsent(error: unknown): void {
  if (!(error instanceof TopicNotFoundError)) throw error;
}
