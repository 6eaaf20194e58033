import { type Cluster, Kafka, type KafkaConfig, logLevel, PartitionAssigners, type SASLOptions } from 'kafkajs';
import { teachCodecs } from './codecs/codecs.js';
import { LONGEST_WAIT_MS, METADATA_MS } from './kafka-limits.js';

export interface KafkaSettings {
  /** `host:port` of some of them; they name the others. */
  readonly brokers: readonly string[];
  readonly tls: boolean;
  /** Certificates in PEM of those who sign the brokers'; those that the system trusts when absent. */
  readonly authorities?: string;
  readonly login?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

const CLIENT_ID = 'dataflow-lab';
/** Whoever asks has a patience of his own, and asks again: kafkajs itself gives up soon. */
const RETRY = { retries: 4, initialRetryTime: 100, maxRetryTime: 1000 };

teachCodecs();

/** Each with caches of its own: two members of one group that share a client would share its committed offsets. */
export function aKafka({ brokers, tls, authorities, login }: KafkaSettings): Kafka {
  const ssl: KafkaConfig['ssl'] = tls && authorities ? { ca: [authorities] } : tls;
  return new Kafka({
    brokers: [...brokers],
    clientId: CLIENT_ID,
    ssl,
    sasl: login as SASLOptions | undefined,
    connectionTimeout: 3000,
    authenticationTimeout: 5000,
    requestTimeout: LONGEST_WAIT_MS,
    retry: RETRY,
    // What goes wrong comes as an error to those who asked; they tell it once.
    logLevel: logLevel.NOTHING,
  });
}

/**
 * What stands behind each client of kafkajs: metadata, leaders, coordinators, and requests of the protocol that no client has.
 * It is handed to partition assigners only, so that a consumer is made that is never run.
 */
export function aCluster(kafka: Kafka): Cluster {
  let given: Cluster | undefined;
  kafka.consumer({
    groupId: CLIENT_ID,
    metadataMaxAge: METADATA_MS,
    partitionAssigners: [
      (config) => {
        given = config.cluster;
        return PartitionAssigners.roundRobin(config);
      },
    ],
  });
  return given as unknown as Cluster;
}
