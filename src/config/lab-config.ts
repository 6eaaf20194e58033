import '../errors/plain-words.js';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { InvalidSettingsError } from './config.errors.js';
import { bytesOf, Settings } from './settings.schema.js';

export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  /** Absolute. */
  readonly caFile?: string;
  readonly login?: {
    readonly mechanism: NonNullable<Settings['KAFKA_SASL_MECHANISM']>;
    readonly username: string;
    readonly password: string;
  };
}

export interface S3Config {
  /** As it was given: `s3://bucket/prefix`. */
  readonly url: string;
  readonly bucket: string;
  /** Without `/` at its ends; may be empty. */
  readonly prefix: string;
  /** Of a service other than that of AWS. */
  readonly endpoint?: string;
  readonly region: string;
  /** Where AWS's own tools look when absent. */
  readonly login?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** The bucket stands in the path, not in the name of the host. */
  readonly pathStyle: boolean;
}

/** What the process was told, complete and frozen. Folders are absolute. */
export abstract class LabConfig {
  abstract readonly environment: 'development' | 'production' | 'test';
  abstract readonly host: string;
  abstract readonly port: number;
  /** Addresses and networks of the proxies in front, whose `X-Forwarded-For` is believed. */
  abstract readonly trustProxy: readonly string[] | undefined;
  abstract readonly shutdownDelayMs: number;
  abstract readonly dataDir: string;
  abstract readonly modelsDir: string;
  /** Where tables live, when not below dataDir. */
  abstract readonly lakeBucket: S3Config | undefined;
  /** Where model artefacts live, when not in modelsDir. */
  abstract readonly modelsBucket: S3Config | undefined;
  /** Bytes of files from a bucket that are kept on this machine. */
  abstract readonly storageCacheBytes: number;
  abstract readonly workspaceDir: string;
  abstract readonly samples: boolean;
  abstract readonly jwtSecret: string | undefined;
  abstract readonly jwtTtlMinutes: number;
  abstract readonly adminPassword: string | undefined;
  abstract readonly logLevel: Settings['LOG_LEVEL'];
  abstract readonly metricsPublic: boolean;
  abstract readonly databaseUrl: string | undefined;
  /** Of the role that reads the warehouse. */
  abstract readonly biPassword: string | undefined;
  abstract readonly redisUrl: string | undefined;
  abstract readonly cacheTtlMs: number;
  /** Where streams are, when not in the database. */
  abstract readonly kafka: KafkaConfig | undefined;
  abstract readonly uploadLimitMb: number;
  abstract readonly scraper: { readonly baseUrl: string; readonly requestsPerSecond: number; readonly contact?: string };
  /** Where messages go that somebody outside waits for. */
  abstract readonly webhook: { readonly url: string; readonly secret: string } | undefined;
  abstract readonly sqlThreads: number;
  abstract readonly sqlMemoryLimit: string;
  abstract readonly queries: QuerySettings;
  abstract readonly runRetentionDays: number;
  abstract readonly trainConcurrency: number;
  /** Bytes, for all trainings together. */
  abstract readonly trainMemoryLimit: number;
  abstract readonly bodyLimitBytes: number;
  /** Requests a minute from one address to the routes that need no token; 0 for no limit. */
  abstract readonly openRateLimit: number;
  abstract readonly predictionMaxRows: number;
  abstract readonly predictionConcurrency: number;
  abstract readonly predictionRetentionDays: number;
  abstract readonly loop: LoopSettings;
}

/** Of SQL that people type. */
export interface QuerySettings {
  readonly concurrency: number;
  /** Of each of them, for the buffers of its engine. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly maxRows: number;
  readonly timeoutMs: number;
}

/** Of the learning loop. */
export interface LoopSettings {
  readonly on: boolean;
  readonly recordsPerSecond: number;
  readonly trainMs: number;
  readonly seed: number;
  readonly drift: boolean;
  /** Share of the records that are spoilt. */
  readonly dirt: number;
  /** Of generator, normaliser, trainer and consumer; none when they are served below their paths alone. */
  readonly ports: readonly number[];
}

const SECRETS = ['JWT_SECRET', 'ADMIN_PASSWORD'] as const;

/**
 * @param environment variables by name; an empty one counts as absent
 * @throws {InvalidSettingsError} with every variable that is wrong, not only the first
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): LabConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Settings.safeParse(given);
  if (!parsed.success) {
    throw new InvalidSettingsError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  }
  const settings = parsed.data;
  const production = settings.NODE_ENV === 'production';
  const missing = production ? SECRETS.filter((name) => settings[name] === undefined) : [];
  if (missing.length > 0) {
    throw new InvalidSettingsError(missing.map((name) => `${name}: required in production, and it has no default there`));
  }
  return Object.freeze({
    environment: settings.NODE_ENV,
    host: settings.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: settings.PORT,
    trustProxy: settings.TRUST_PROXY,
    shutdownDelayMs: (settings.SHUTDOWN_DELAY_SECONDS ?? (production ? 5 : 0)) * 1000,
    dataDir: resolve(settings.DATA_DIR),
    modelsDir: resolve(settings.MODELS_DIR),
    lakeBucket: s3Of(settings, settings.LAKE_URL),
    modelsBucket: s3Of(settings, settings.MODELS_URL),
    storageCacheBytes: bytesOf(settings.STORAGE_CACHE),
    workspaceDir: resolve(settings.WORKSPACE_DIR),
    samples: settings.SAMPLES ?? settings.NODE_ENV === 'development',
    jwtSecret: settings.JWT_SECRET,
    jwtTtlMinutes: settings.JWT_TTL_MINUTES,
    adminPassword: settings.ADMIN_PASSWORD,
    logLevel: settings.LOG_LEVEL,
    metricsPublic: settings.METRICS_PUBLIC ?? !production,
    databaseUrl: settings.DATABASE_URL,
    biPassword: settings.BI_PASSWORD,
    redisUrl: settings.REDIS_URL,
    cacheTtlMs: settings.CACHE_TTL_SECONDS * 1000,
    kafka: kafkaOf(settings),
    uploadLimitMb: settings.UPLOAD_LIMIT_MB,
    scraper: {
      baseUrl: settings.SCRAPER_BASE_URL,
      requestsPerSecond: settings.SCRAPER_RATE,
      contact: settings.SCRAPER_CONTACT,
    },
    webhook: webhookOf(settings),
    sqlThreads: settings.SQL_THREADS ?? availableParallelism(),
    sqlMemoryLimit: settings.SQL_MEMORY_LIMIT,
    queries: queriesOf(settings),
    runRetentionDays: settings.RUN_RETENTION_DAYS,
    trainConcurrency: settings.TRAIN_CONCURRENCY,
    trainMemoryLimit: settings.TRAIN_MEMORY_LIMIT ? bytesOf(settings.TRAIN_MEMORY_LIMIT) : Math.floor(memoryThatIsThere() / 2),
    bodyLimitBytes: settings.BODY_LIMIT_MB * 1024 * 1024,
    openRateLimit: settings.OPEN_RATE_LIMIT,
    predictionMaxRows: settings.PREDICTION_MAX_ROWS,
    predictionConcurrency: settings.PREDICTION_CONCURRENCY,
    predictionRetentionDays: settings.PREDICTION_RETENTION_DAYS,
    loop: loopOf(settings),
  });
}

const queriesOf = (settings: Settings): QuerySettings => ({
  concurrency: settings.QUERY_CONCURRENCY,
  memoryBytes: bytesOf(settings.QUERY_MEMORY_LIMIT),
  diskBytes: bytesOf(settings.QUERY_DISK_LIMIT),
  maxRows: settings.QUERY_MAX_ROWS,
  timeoutMs: settings.QUERY_TIMEOUT_SECONDS * 1000,
});

/** @throws {InvalidSettingsError} for half a login */
function s3Of(settings: Settings, url: string | undefined): S3Config | undefined {
  if (url === undefined) return undefined;
  const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_FORCE_PATH_STYLE: pathStyle = endpoint !== undefined } = settings;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new InvalidSettingsError(['AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: either both or neither']);
  }
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(url) as string[];
  const lent = settings.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: settings.AWS_SESSION_TOKEN };
  const login = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, ...lent } : undefined;
  return { url, bucket, prefix, region, pathStyle, ...(endpoint && { endpoint }), ...(login && { login }) };
}

/** @throws {InvalidSettingsError} for an address without a secret: nobody could know that a message is ours */
function webhookOf({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret }: Settings): LabConfig['webhook'] {
  if (url === undefined) return undefined;
  if (secret === undefined) {
    throw new InvalidSettingsError(['WEBHOOK_SECRET: required beside WEBHOOK_URL, it signs the messages']);
  }
  return { url, secret };
}

/** @throws {InvalidSettingsError} for a login that is not whole, and for what would be ignored without a word */
function kafkaOf(settings: Settings): KafkaConfig | undefined {
  const { KAFKA_BROKERS: brokers, KAFKA_SSL: tls, KAFKA_CA_FILE: caFile } = settings;
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = settings;
  if (brokers === undefined) return undefined;
  const problems: string[] = [];
  if (caFile !== undefined && !tls) problems.push('KAFKA_CA_FILE: it is read with KAFKA_SSL=on only');
  if (mechanism === undefined && (username !== undefined || password !== undefined)) {
    problems.push('KAFKA_SASL_MECHANISM: required beside KAFKA_USERNAME and KAFKA_PASSWORD');
  }
  if (mechanism !== undefined && username === undefined) problems.push('KAFKA_USERNAME: required beside KAFKA_SASL_MECHANISM');
  if (mechanism !== undefined && password === undefined) problems.push('KAFKA_PASSWORD: required beside KAFKA_SASL_MECHANISM');
  if (problems.length > 0) throw new InvalidSettingsError(problems);
  const login = mechanism && username && password ? { mechanism, username, password } : undefined;
  return { brokers, tls, ...(caFile && { caFile: resolve(caFile) }), ...(login && { login }) };
}

/** @throws {InvalidSettingsError} when two of our own listeners would want the same port */
function loopOf(settings: Settings): LoopSettings {
  const ports = settings.STREAM_PORTS ?? [];
  if (settings.PORT > 0 && ports.includes(settings.PORT)) {
    throw new InvalidSettingsError([`STREAM_PORTS: names ${settings.PORT}, which is PORT`]);
  }
  return {
    ports,
    on: settings.STREAM_DEMO,
    recordsPerSecond: settings.STREAM_RATE,
    trainMs: settings.STREAM_TRAIN_SECONDS * 1000,
    seed: settings.STREAM_SEED,
    drift: settings.STREAM_DRIFT,
    dirt: settings.STREAM_DIRT,
  };
}

/** Bytes: what the container may have, or the machine has. */
function memoryThatIsThere(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
