import { setTimeout as wait } from 'node:timers/promises';
import type { Admin, ConfigEntries } from 'kafkajs';
import { InvalidTopicError, TopicNotFoundError } from '../stream.errors.js';
import type { TopicPlan } from '../stream.port.js';
import { protocolErrorOf } from './kafka-errors.js';
import type { KafkaLink } from './kafka-link.js';
import { partitionsOf } from './partition-ranges.js';

/** `ConfigResourceTypes.TOPIC` and `ConfigSource.TOPIC_CONFIG`, which kafkajs exports to CommonJS only. */
const TOPIC = 2;
const SET_FOR_THE_TOPIC = 1;

const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;
/** Kafka's own: what groups committed, transactions. */
const INTERNAL = /^__/;
const MOST_PARTITIONS = 1000;
const HOUR_MS = 3_600_000;
const UNLIMITED = '-1';
const LOOK_EVERY_MS = 20;

type Settings = Readonly<Record<string, string>>;

/** What topics there are, and what they keep. */
export class KafkaTopics {
  constructor(private readonly link: KafkaLink) {}

  /** @throws {InvalidTopicError} */
  async ensure(plan: TopicPlan): Promise<void> {
    check(plan);
    await this.link.administer((admin) => ensure(admin, plan));
    await this.isKnown(plan.name, (partitions) => partitions >= plan.partitions);
  }

  async list(): Promise<TopicPlan[]> {
    return this.link.administer(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      const shown = topics.filter(({ name }) => !INTERNAL.test(name)).sort((one, other) => (one.name < other.name ? -1 : 1));
      const settings = await settingsOf(
        admin,
        shown.map(({ name }) => name),
      );
      return shown.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        ...retentionOf(settings.get(name) ?? {}),
      }));
    });
  }

  /** @throws {TopicNotFoundError} */
  async delete(name: string): Promise<void> {
    if (INTERNAL.test(name)) throw new TopicNotFoundError(name);
    await this.link.request((cluster) => partitionsOf(cluster, name));
    await this.link.administer(async (admin) => {
      try {
        await admin.deleteTopics({ topics: [name] });
      } catch (error) {
        if (protocolErrorOf(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      }
    });
    await this.isKnown(name, (partitions) => partitions === 0);
  }

  /** The brokers hear of a change from the controller, a moment later. */
  private async isKnown(name: string, isSo: (partitions: number) => boolean): Promise<void> {
    await this.link.request(async (cluster) => {
      for (;;) {
        await cluster.refreshMetadata();
        if (isSo(cluster.findTopicPartitionMetadata(name).length)) return;
        await wait(LOOK_EVERY_MS);
      }
    });
  }
}

/** @throws {InvalidTopicError} */
function check({ name, partitions }: TopicPlan): void {
  if (!NAME.test(name)) throw new InvalidTopicError(name, 'a name has up to 249 letters, digits, dots, underscores and dashes');
  if (INTERNAL.test(name)) throw new InvalidTopicError(name, 'names that begin with two underscores are those of Kafka itself');
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MOST_PARTITIONS) {
    throw new InvalidTopicError(name, `it has 1 to ${MOST_PARTITIONS} partitions`);
  }
}

async function ensure(admin: Admin, plan: TopicPlan): Promise<void> {
  if (await create(admin, plan)) return;
  const { topics } = await admin.fetchTopicMetadata({ topics: [plan.name] });
  const there = topics[0].partitions.length;
  if (there > plan.partitions) throw new InvalidTopicError(plan.name, `it has ${there} partitions already, and never fewer`);
  if (there < plan.partitions) {
    await admin.createPartitions({ topicPartitions: [{ topic: plan.name, count: plan.partitions }] });
  }
  await retain(admin, plan);
}

/** @returns false when it is there already */
async function create(admin: Admin, plan: TopicPlan): Promise<boolean> {
  const settings = { ...retentionSettings(plan), ...OURS };
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  try {
    return await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic: plan.name, numPartitions: plan.partitions, configEntries }],
    });
  } catch (error) {
    if (refusal(error) === 'INVALID_TOPIC_EXCEPTION') {
      throw new InvalidTopicError(plan.name, 'another topic has this name but for dots and underscores');
    }
    throw error;
  }
}

/** Of those who create several topics at once, kafkajs tells in a list. */
function refusal(error: unknown): string | undefined {
  const { errors } = error as { errors?: unknown[] };
  return protocolErrorOf(errors?.[0] ?? error);
}

/** Kafka replaces all that is set for the topic: what others set goes back with it. */
async function retain(admin: Admin, plan: TopicPlan): Promise<void> {
  const known = (await settingsOf(admin, [plan.name])).get(plan.name) ?? {};
  const wanted = retentionSettings(plan);
  if (Object.entries(wanted).every(([name, value]) => known[name] === value)) return;
  const own = await settingsOf(admin, [plan.name], (entry) => entry.configSource === SET_FOR_THE_TOPIC);
  const configEntries = Object.entries({ ...own.get(plan.name), ...wanted }).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: plan.name, configEntries }] });
}

/** Without this Kafka 4 refuses a message whose clock is more than an hour ahead, and all that come with it. */
const OURS: Settings = { 'message.timestamp.after.max.ms': '9223372036854775807' };

function retentionSettings({ hours, bytes }: TopicPlan): Settings {
  return {
    'retention.ms': hours === undefined ? UNLIMITED : String(Math.ceil(hours * HOUR_MS)),
    'retention.bytes': bytes === undefined ? UNLIMITED : String(Math.ceil(bytes)),
  };
}

function retentionOf(settings: Settings): Pick<TopicPlan, 'hours' | 'bytes'> {
  const [ms, bytes] = [Number(settings['retention.ms'] ?? UNLIMITED), Number(settings['retention.bytes'] ?? UNLIMITED)];
  return { ...(ms >= 0 && { hours: ms / HOUR_MS }), ...(bytes >= 0 && { bytes }) };
}

async function settingsOf(
  admin: Admin,
  topics: readonly string[],
  isWanted: (entry: ConfigEntries) => boolean = () => true,
): Promise<Map<string, Settings>> {
  if (topics.length === 0) return new Map();
  const asked = topics.map((name) => ({ type: TOPIC, name }));
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: asked });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.filter(isWanted).map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}
