import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Admin, Cluster } from 'kafkajs';
import { StreamAwayError } from '../stream.errors.js';
import { aCluster, aKafka, type KafkaSettings } from './kafka-client.js';
import { isNoAnswer, isPassing, streamErrorOf } from './kafka-errors.js';
import { LONGEST_WAIT_MS } from './kafka-limits.js';
import { Revivable } from './revivable.js';

/** What was told is not told again before this is over: a broker may come and go with each request. */
const TOLD_FOR_MS = 600_000;
const PASSES_WITHIN_MS = 5000;
const ASK_AGAIN_MS = 50;

/** The connections to Kafka that all share who do not read in a group. None is made before it is needed. */
export class KafkaLink {
  readonly where: string;
  private readonly logger = new Logger('Stream');
  private readonly admin: Revivable<Admin>;
  private readonly cluster: Revivable<Cluster>;
  private toldAt = -Infinity;
  private isToldAway = false;

  constructor(readonly settings: KafkaSettings) {
    this.where = settings.brokers.join(',');
    const kafka = aKafka(settings);
    this.admin = new Revivable(
      async () => connected(kafka.admin()),
      (admin) => admin.disconnect(),
      isNoAnswer,
    );
    this.cluster = new Revivable(
      async () => connected(aCluster(kafka)),
      (cluster) => cluster.disconnect(),
      isNoAnswer,
    );
  }

  /** @throws what is ours, or {@link StreamAwayError} */
  administer<Result>(work: (admin: Admin) => Promise<Result>): Promise<Result> {
    return this.ask(() => within(2 * LONGEST_WAIT_MS, this.admin.use(work)));
  }

  /**
   * @param work is done again when what stands in its way will pass
   * @throws what is ours, or {@link StreamAwayError}
   */
  request<Result>(work: (cluster: Cluster) => Promise<Result>, withinMs = 2 * LONGEST_WAIT_MS): Promise<Result> {
    return this.ask(() => this.cluster.use((cluster) => within(withinMs, untilPassed(cluster, work))));
  }

  /** Tells it once, and whoever waits for the answer why there is none. */
  async ask<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.tellBack();
      return result;
    } catch (error) {
      throw this.note(error);
    }
  }

  /** @returns the error as the port has it */
  note(error: unknown): Error {
    const told = streamErrorOf(error, this.where);
    if (told instanceof StreamAwayError) this.tellAway(told);
    return told;
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.close(), this.cluster.close()]);
  }

  private tellAway({ message }: StreamAwayError): void {
    const now = performance.now();
    if (now - this.toldAt < TOLD_FOR_MS) return;
    this.toldAt = now;
    this.isToldAway = true;
    this.logger.warn(message);
  }

  private tellBack(): void {
    if (this.isToldAway) this.logger.log(`The message log at ${this.where} is back`);
    this.isToldAway = false;
  }
}

async function untilPassed<Result>(cluster: Cluster, work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
  for (const deadline = performance.now() + PASSES_WITHIN_MS; ;) {
    try {
      return await work(cluster);
    } catch (error) {
      if (!isPassing(error) || performance.now() > deadline) throw error;
    }
    await wait(ASK_AGAIN_MS);
    await cluster.refreshMetadata();
  }
}

/** @throws when it has no answer in time; what is asked goes on, and nobody hears of it */
export async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function connected<Client extends Admin | Cluster>(client: Client): Promise<Client> {
  await client.connect();
  return client;
}
