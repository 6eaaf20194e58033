import { isIP } from 'node:net';
import { z } from 'zod';

const switched = z.enum(['on', 'off']).transform((value) => value === 'on');

const SIZE = /^(\d+(?:\.\d+)?)\s?([KMGT])(i?)B$/i;

/** `10.0.0.0/8`, `192.168.1.7`, or one of the names that proxies have for such networks. */
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address, bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

// How many proxies there are is not asked: who reaches the process directly could then claim any address.
const TrustedProxies = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((trusted) => trusted.every(isNetwork), 'lists addresses and networks of proxies, such as 10.0.0.0/8,127.0.0.1');

const KafkaBrokers = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((brokers) => brokers.every(isHostAndPort), 'lists brokers with their ports, such as kafka-1:9092,kafka-2:9092');

/** `kafka:9092`, `10.0.0.7:9092` or `[::1]:9092`. */
function isHostAndPort(text: string): boolean {
  const [, port] = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(text) ?? [];
  return Number(port) > 0 && Number(port) <= 65_535;
}

const BUCKET_URL = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^/\s?#]+)*\/?$/;
const bucketUrl = z.string().regex(BUCKET_URL, 'is the address of a bucket and, if you like, a prefix in it: s3://my-bucket/lab');

const MOST_PORT = 65_535;

const ports = z
  .string()
  .transform((text) => text.split(',').map((part) => (/^\s*\d{1,5}\s*$/.test(part) ? Number(part) : NaN)))
  .refine((list) => list.length === 4 && list.every((port) => port <= MOST_PORT), 'is four ports, such as 8001,8002,8003,8005')
  .refine(
    (list) => new Set(list.filter((port) => port > 0)).size === list.filter((port) => port > 0).length,
    'names a port twice',
  );

/** Every variable of the environment that the process reads. `.env.example` is made from this. */
export const Settings = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development').meta({
    description: 'In production the process refuses to start without its own secrets, and no samples run',
  }),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(3000)
    .meta({ description: 'Port of the HTTP server; 0 takes a free one' }),
  HOST: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Address to listen on: 127.0.0.1 in development, 0.0.0.0 in production' }),
  TRUST_PROXY: TrustedProxies.optional().meta({
    description:
      'Addresses and networks of the proxies in front whose X-Forwarded-For is believed (10.0.0.0/8,127.0.0.1); nobody when unset',
  }),
  SHUTDOWN_DELAY_SECONDS: z.coerce.number().min(0).max(60).optional().meta({
    description: 'How long it takes requests after it was told to stop and says not ready: 5 in production, 0 elsewhere',
  }),
  DATA_DIR: z.string().min(1).default('data').meta({ description: 'Everything the process writes but models' }),
  MODELS_DIR: z.string().min(1).default('models').meta({ description: 'Model artefacts' }),
  LAKE_URL: bucketUrl.optional().meta({
    description: 'A bucket of S3 (s3://bucket/prefix) that holds the tables; they are below DATA_DIR when unset',
  }),
  MODELS_URL: bucketUrl.optional().meta({
    description: 'A bucket of S3 (s3://bucket/prefix) that holds model artefacts; they are in MODELS_DIR when unset',
  }),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'A service other than that of AWS, such as http://minio:9000' }),
  S3_REGION: z.string().min(1).default('us-east-1').meta({ description: 'The region of the buckets' }),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional().meta({
    description: "Who opens the buckets; where AWS's own tools look (AWS_PROFILE, the role of the machine) when unset",
  }),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional().meta({ description: 'The secret of AWS_ACCESS_KEY_ID' }),
  AWS_SESSION_TOKEN: z.string().min(1).optional().meta({ description: 'Beside them, when they are lent for a time' }),
  S3_FORCE_PATH_STYLE: switched.optional().meta({
    description: 'Put the bucket in the path and not in the name of the host: on with S3_ENDPOINT, off for AWS',
  }),
  STORAGE_CACHE: z.string().regex(SIZE, 'is a size such as 10GB').default('10GB').meta({
    description:
      'Disk below DATA_DIR for copies of files that are in a bucket. What was read within the hour stays, even beyond it',
  }),
  WORKSPACE_DIR: z.string().min(1).default('workspace').meta({ description: 'Sources, transforms and pipelines that you edit' }),
  SAMPLES: switched.optional().meta({ description: 'Run the sample pipelines: on in development, off in production' }),
  JWT_SECRET: z.string().min(32, 'needs at least 32 bytes').optional().meta({
    description:
      'Signs access tokens, 32 bytes or more. Required in production; in development one is made and kept in the data folder',
  }),
  JWT_TTL_MINUTES: z.coerce.number().int().min(1).max(1440).default(60).meta({ description: 'How long an access token lives' }),
  ADMIN_PASSWORD: z.string().min(10, 'needs at least 10 characters').optional().meta({
    description: 'Password of the user admin when it is first made. Required in production; "admin" in development',
  }),
  SCRAPER_BASE_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://books.toscrape.com/')
    .meta({ description: 'The bookshop that is scraped; `npm run bookstore` serves one where there is no internet' }),
  SCRAPER_RATE: z.coerce.number().positive().max(10_000).default(5).meta({
    description: 'Requests a second to it, at most; its robots.txt may ask for fewer',
  }),
  SCRAPER_CONTACT: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'is an address or a URL')
    .optional()
    .meta({ description: 'Where its people reach you: an address or a URL, sent with each request' }),
  WEBHOOK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({ description: 'Where to post what others wait for, such as books.updated; nowhere when unset' }),
  WEBHOOK_SECRET: z.string().min(16, 'needs at least 16 characters').optional().meta({
    description:
      'Signs those messages by Standard Webhooks, 16 characters or more, or whsec_ and base64; required with WEBHOOK_URL',
  }),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ description: 'The least that is logged' }),
  METRICS_PUBLIC: switched
    .optional()
    .meta({ description: 'Serve /metrics without a token: on in development, off in production' }),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .meta({
      description:
        'A PostgreSQL server of yours (postgres://…) in place of the one that the process starts under DATA_DIR/postgres',
    }),
  BI_PASSWORD: z
    .string()
    .regex(/^[\x21-\x7e]{10,200}$/, 'needs at least 10 characters of ASCII, no spaces')
    .optional()
    .meta({
      description:
        'Password of the PostgreSQL role bi, which reads the published tables and nothing else. Unset, with the embedded server in development, one is made and kept as DATA_DIR/bi-password; elsewhere there is no such role',
    }),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .regex(/^[a-z]+:\/\/[^/?]+(\/\d*)?(\?.*)?$/, 'ends with the port, or with the number of a database such as /0')
    .optional()
    .meta({
      description:
        'A Redis (redis://:password@host:6379/0, rediss:// with TLS) that the replicas share as their cache; each has its own in memory when unset',
    }),
  CACHE_TTL_SECONDS: z.coerce.number().int().min(1).max(604_800).default(300).meta({
    description: 'How long answers are kept at most; what they are made from is forgotten with them as soon as it changes',
  }),
  KAFKA_BROKERS: KafkaBrokers.optional().meta({
    description:
      'Brokers of an Apache Kafka (kafka-1:9092,kafka-2:9092) that holds the streams; they are in PostgreSQL when unset',
  }),
  KAFKA_SSL: switched.default(false).meta({ description: 'Speak with the brokers by TLS' }),
  KAFKA_CA_FILE: z.string().min(1).optional().meta({
    description: "Certificates in PEM of those who signed the brokers' own; those that the system trusts when unset",
  }),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional().meta({
    description: 'How to log in to the brokers; not at all when unset. plain sends the password as it is: use it with KAFKA_SSL',
  }),
  KAFKA_USERNAME: z.string().min(1).optional().meta({ description: 'Who logs in to the brokers' }),
  KAFKA_PASSWORD: z.string().min(1).optional().meta({ description: 'The password of KAFKA_USERNAME' }),
  UPLOAD_LIMIT_MB: z.coerce
    .number()
    .int()
    .min(1)
    .default(2048)
    .meta({ description: 'Megabytes that a file may have that is sent to a source; DATA_DIR needs room for it' }),
  SQL_THREADS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024)
    .optional()
    .meta({ description: 'Threads of the SQL engine; as many as there are cores when unset' }),
  SQL_MEMORY_LIMIT: z.string().regex(SIZE, 'is a size such as 1GB').default('1GB').meta({
    description: 'Memory of the SQL engine; what does not fit spills to DATA_DIR/tmp',
  }),
  QUERY_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(2).meta({
    description: 'SQL queries of people that run at the same time; ten times as many wait, more are answered 429',
  }),
  QUERY_MEMORY_LIMIT: z.string().regex(SIZE, 'is a size such as 512MB').default('512MB').meta({
    description: 'Memory of each of them, beside that of the SQL engine',
  }),
  QUERY_DISK_LIMIT: z.string().regex(SIZE, 'is a size such as 2GB').default('2GB').meta({
    description: 'Disk below DATA_DIR/tmp that each of them may take',
  }),
  QUERY_MAX_ROWS: z.coerce.number().int().min(1).max(1_000_000_000).default(1_000_000).meta({
    description: 'Rows that the answer of one may have; a dataset is downloaded whole, whatever its size',
  }),
  QUERY_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(86_400).default(60).meta({
    description: 'How long one may take, with the time until its answer is sent; a shorter time can be asked for',
  }),
  RUN_RETENTION_DAYS: z.coerce.number().int().min(1).max(36_500).default(90).meta({
    description: 'How long runs and jobs that are over are kept, with their logs',
  }),
  TRAIN_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .meta({ description: 'Trainings at the same time; the others wait. One uses every core by itself' }),
  TRAIN_MEMORY_LIMIT: z.string().regex(SIZE, 'is a size such as 4GB').optional().meta({
    description: 'Memory of all trainings together; a larger one is refused before it starts. Half of what there is when unset',
  }),
  BODY_LIMIT_MB: z.coerce.number().int().min(1).max(1024).default(32).meta({
    description: "Megabytes that a request's body may have; a larger one is answered 413 (an upload has a limit of its own)",
  }),
  OPEN_RATE_LIMIT: z.coerce.number().int().min(0).max(100_000_000).default(1200).meta({
    description:
      'Requests a minute that one address may send to the routes that need no token (the books); more are answered 429; 0 for no limit',
  }),
  PREDICTION_MAX_ROWS: z.coerce.number().int().min(1).max(10_000_000).default(100_000).meta({
    description: 'Rows that one prediction may have; more are answered 413',
  }),
  PREDICTION_CONCURRENCY: z.coerce.number().int().min(1).max(10_000).default(64).meta({
    description: 'Predictions that are made at once; more are answered 429, so that nothing waits without end',
  }),
  PREDICTION_RETENTION_DAYS: z.coerce.number().int().min(1).max(3650).default(30).meta({
    description: 'How long the answers of /predictions are kept',
  }),
  STREAM_DEMO: switched.prefault('off').meta({
    description: 'on runs the learning loop: made-up people, a normaliser, a trainer and a consumer (docs/loop.md)',
  }),
  STREAM_RATE: z.coerce.number().min(0.1).max(2000).default(20).meta({ description: 'People a second that it makes up' }),
  STREAM_TRAIN_SECONDS: z.coerce.number().min(1).max(86_400).default(30).meta({
    description: 'How often it trains a new model, at the latest; a drift does not wait for it',
  }),
  STREAM_SEED: z.coerce.number().int().min(0).max(2_147_483_647).default(42).meta({
    description: 'The same seed makes up the same people',
  }),
  STREAM_DRIFT: switched.prefault('off').meta({
    description: 'on changes what people earn, there and back, every 120 generations (of a second each)',
  }),
  STREAM_DIRT: z.coerce.number().min(0).max(1).default(0).meta({
    description: 'Share of the people that are spoilt, for the dead letters',
  }),
  STREAM_PORTS: ports.optional().meta({
    description:
      'Further ports of generator, normaliser, trainer and consumer (8001,8002,8003,8005), each with the paths of its part at the root',
  }),
});
export type Settings = z.infer<typeof Settings>;

const POWERS = { K: 1, M: 2, G: 3, T: 4 };

/** @param size as a setting has it: `1GB`, `1.5GiB`. @returns bytes */
export function bytesOf(size: string): number {
  const [, number, prefix, binary] = SIZE.exec(size) ?? [];
  return Math.floor(Number(number) * (binary ? 1024 : 1000) ** POWERS[prefix.toUpperCase() as keyof typeof POWERS]);
}

/** The text of `.env.example`: every variable, its meaning and its default. */
export function describeSettings(): string {
  const lines = Object.entries(Settings.shape).map(([name, schema]) => {
    const { description, default: fallback } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return `# ${description}\n#${name}=${fallback ?? ''}\n`;
  });
  return `# Everything has a default: set only what you change.\n\n${lines.join('\n')}`;
}
