import { readConfig } from './lab-config.js';

const SECRETS = { JWT_SECRET: 'x'.repeat(32), ADMIN_PASSWORD: 'correct horse' };

describe('readConfig', () => {
  it('needs nothing in development', () => {
    expect(readConfig({})).toMatchObject({
      environment: 'development',
      host: '127.0.0.1',
      port: 3000,
      samples: true,
      metricsPublic: true,
    });
  });

  it('names every variable that is wrong, not only the first', () => {
    expect(() => readConfig({ PORT: 'http', LOG_LEVEL: 'loud' })).toThrow(/PORT: [\s\S]*LOG_LEVEL: .*"debug"/);
  });

  it.each(['JWT_SECRET', 'ADMIN_PASSWORD'])('does not start in production without %s', (name) => {
    expect(() => readConfig({ NODE_ENV: 'production', ...SECRETS, [name]: '' })).toThrow(`${name}: required in production`);
  });

  it('trusts the proxies that it is told, and nobody else', () => {
    expect(readConfig({}).trustProxy).toBeUndefined();
    expect(readConfig({ TRUST_PROXY: '10.0.0.0/8, ::1,loopback' }).trustProxy).toEqual(['10.0.0.0/8', '::1', 'loopback']);
  });

  it.each(['on', '1', '10.0.0.0/33', '10.0.0.0/', 'balancer.example'])('trusts no proxy called %s', (value) => {
    expect(() => readConfig({ TRUST_PROXY: value })).toThrow(/TRUST_PROXY: lists addresses and networks/);
  });

  it.each(['redis://cache:6379', 'rediss://user:a%20b@cache/3', 'redis://cache/'])('takes the Redis %s', (REDIS_URL) => {
    expect(readConfig({ REDIS_URL }).redisUrl).toBe(REDIS_URL);
  });

  it.each(['cache', 'cache:6379', 'http://cache', 'redis://cache/books'])('takes no Redis %s', (REDIS_URL) => {
    expect(() => readConfig({ REDIS_URL })).toThrow('REDIS_URL: ');
  });

  it('wants a secret that cannot be guessed', () => {
    expect(() => readConfig({ JWT_SECRET: 'short' })).toThrow('JWT_SECRET: needs at least 32 bytes');
  });

  it('wants a secret for a webhook, so that its messages can be signed', () => {
    const url = 'https://listener.example/hook';
    expect(() => readConfig({ WEBHOOK_URL: url })).toThrow('WEBHOOK_SECRET: required beside WEBHOOK_URL');
    const secret = 'sixteen letters!';
    expect(readConfig({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret }).webhook).toEqual({ url, secret });
    expect(readConfig({}).webhook).toBeUndefined();
  });

  it.each(['kafka:9092', 'kafka-1:9092, kafka-2.example:19092', '10.0.0.7:9092', '[::1]:9092'])(
    'takes the brokers %s',
    (brokers) => {
      expect(readConfig({ KAFKA_BROKERS: brokers }).kafka).toEqual({ brokers: brokers.split(/, ?/), tls: false });
    },
  );

  it.each(['kafka', 'kafka:0', 'kafka:70000', 'kafka://kafka:9092', 'kafka:9092,', 'user:secret@kafka:9092'])(
    'takes no brokers %s',
    (brokers) => {
      expect(() => readConfig({ KAFKA_BROKERS: brokers })).toThrow('KAFKA_BROKERS: lists brokers with their ports');
    },
  );

  it('wants the whole of a login to Kafka', () => {
    const KAFKA_BROKERS = 'kafka:9092';
    const login = { mechanism: 'scram-sha-512', username: 'lab', password: 'a secret' } as const;
    const [KAFKA_SASL_MECHANISM, KAFKA_USERNAME, KAFKA_PASSWORD] = [login.mechanism, login.username, login.password];
    expect(readConfig({ KAFKA_BROKERS, KAFKA_SASL_MECHANISM, KAFKA_USERNAME, KAFKA_PASSWORD }).kafka).toMatchObject({ login });
    expect(() => readConfig({ KAFKA_BROKERS, KAFKA_SASL_MECHANISM })).toThrow(/KAFKA_USERNAME: .*\n.*KAFKA_PASSWORD: required/);
    expect(() => readConfig({ KAFKA_BROKERS, KAFKA_USERNAME, KAFKA_PASSWORD })).toThrow('KAFKA_SASL_MECHANISM: required');
    expect(() => readConfig({ KAFKA_BROKERS, KAFKA_CA_FILE: 'ca.pem' })).toThrow('KAFKA_CA_FILE: it is read with KAFKA_SSL=on');
  });

  it('takes four ports for the learning loop, which nobody else has', () => {
    expect(readConfig({ STREAM_PORTS: '8001, 8002,8003,8005' }).loop.ports).toEqual([8001, 8002, 8003, 8005]);
    expect(readConfig({ STREAM_PORTS: '0,0,0,0', PORT: '0' }).loop).toMatchObject({ on: false, ports: [0, 0, 0, 0] });
    for (const ports of ['8001,8002', '8001,8001,8003,8005', '1,2,3,x', '8001,8002,8003,65536', '8001,3000,8003,8005']) {
      expect(() => readConfig({ STREAM_PORTS: ports })).toThrow('STREAM_PORTS: ');
    }
  });

  it('is closed in production unless told otherwise', () => {
    expect(readConfig({ NODE_ENV: 'production', ...SECRETS })).toMatchObject({
      host: '0.0.0.0',
      samples: false,
      metricsPublic: false,
    });
  });

  it('takes an empty variable for none', () => {
    expect(readConfig({ PORT: '' }).port).toBe(3000);
  });

  it('cannot be changed', () => {
    expect(() => Object.assign(readConfig({}), { port: 1 })).toThrow(TypeError);
  });
});
