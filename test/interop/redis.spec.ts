import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { CacheAwayError } from '../../src/engines/cache/cache.errors.js';
import type { Cache } from '../../src/engines/cache/cache.port.js';
import { RedisCache, type RedisCacheOptions } from '../../src/engines/cache/redis.cache.js';
import { aSlowMake, keepsCacheContract, keepsReplicasTogether, Maker } from '../contracts/cache.contract.js';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';
import { RedisServer } from './servers/redis-server.js';

let server: RedisServer;
const opened: Cache[] = [];
const open = async (options: Partial<RedisCacheOptions> = {}, url = server.url): Promise<RedisCache> => {
  const cache = await RedisCache.open(url, { ttlMs: 60_000, longestPauseMs: 100, ...options });
  opened.push(cache);
  return cache;
};
const command = async (...[name, ...args]: string[]): Promise<unknown> => {
  const redis = new Redis(server.url, { maxRetriesPerRequest: 0 });
  try {
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
};
/** Asks until it is as wished; the time of the test bounds it. */
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await wait(10);
};
const isBack = (cache: Cache) => () =>
  cache.ping().then(
    () => true,
    () => false,
  );

const log = { warn: jest.spyOn(Logger.prototype, 'warn'), log: jest.spyOn(Logger.prototype, 'log') };
beforeEach(() => {
  for (const spy of Object.values(log)) spy.mockReset().mockImplementation(() => undefined);
});
afterEach(async () => {
  for (const cache of opened.splice(0)) await cache.close();
});

describe('RedisCache', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(() => command('FLUSHALL'));
  afterAll(() => server.stop());

  describe('keeps the contract', () => keepsCacheContract(open));
  describe('keeps replicas together', () => keepsReplicasTogether(open));

  it('waits for a replica that died no longer than its patience', async () => {
    const [dying, other, maker] = [await open({ patienceMs: 300 }), await open({ patienceMs: 300 }), new Maker()];
    const slow = aSlowMake();
    const lost = dying.remember('books', 'a', slow.make);
    await slow.begun;
    await dying.close();
    expect(String(await other.remember('books', 'a', maker.make))).toBe('value 1');
    slow.finish('late');
    await lost;
    expect(String(await other.remember('books', 'a', maker.make))).toBe('value 1');
  });

  it('leaves nothing behind that stays for ever but one name a scope', async () => {
    const cache = await open();
    for (const key of ['a', 'b', 'c']) await cache.remember('books', key, new Maker().make);
    await cache.forget('books');
    await cache.remember('books', 'a', new Maker().make);
    const names = (await command('KEYS', '*')) as string[];
    const lasting: string[] = [];
    for (const name of names) if ((await command('PTTL', name)) === -1) lasting.push(name);
    expect(lasting).toEqual([expect.stringMatching(/^dataflow-lab:.*\{books\}:generation$/)]);
  });

  it('trusts no value whose generation was evicted', async () => {
    const [cache, maker] = [await open(), new Maker()];
    await cache.remember('books', 'a', maker.make);
    await command('DEL', ...((await command('KEYS', '*:generation')) as string[]));
    expect(String(await cache.remember('books', 'a', maker.make))).toBe('value 2');
  });

  it('goes on without a Redis that is full, forgets all the same, and says so once', async () => {
    const [cache, maker] = [await open(), new Maker()];
    await cache.remember('books', 'a', maker.make);
    await command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      expect(String(await cache.remember('books', 'a', maker.make))).toBe('value 1');
      await cache.forget('books');
      for (const value of [2, 3, 4]) expect(String(await cache.remember('books', 'a', maker.make))).toBe(`value ${value}`);
      expect(log.warn.mock.calls).toEqual([[expect.stringMatching(/refuses \(OOM/)]]);
      await cache.ping();
    } finally {
      await command('CONFIG', 'SET', 'maxmemory', '0');
    }
    await cache.remember('books', 'a', maker.make);
    expect(String(await cache.remember('books', 'a', maker.make))).toBe('value 5');
  });

  it('lets nobody wait for a Redis that is slow twice', async () => {
    const [cache, maker] = [await open({ answerMs: 100 }), new Maker()];
    await cache.remember('books', 'a', maker.make);
    server.freeze();
    try {
      const values = await Promise.all(Array.from({ length: 50 }, (_, key) => cache.remember('books', `${key}`, maker.make)));
      expect(values).toHaveLength(50);
      await expect(cache.ping()).rejects.toThrow(CacheAwayError);
      for (let key = 0; key < 200; key++) await cache.remember('books', `${key}`, maker.make);
    } finally {
      server.thaw();
    }
    await until(isBack(cache));
    expect([log.warn.mock.calls.length, log.log.mock.calls.length]).toEqual([1, 1]);
  });

  it('opens on a Redis that is not there', async () => {
    const cache = await open({}, 'redis://127.0.0.1:1');
    expect(String(await cache.remember('books', 'a', new Maker().make))).toBe('value 1');
    await expect(cache.ping()).rejects.toThrow('127.0.0.1:1 does not answer (connect ECONNREFUSED');
  });
});

describe('RedisCache, with a Redis that is killed', () => {
  beforeAll(async () => {
    server = await RedisServer.start(['--appendonly', 'yes', '--appendfsync', 'always']);
  });
  beforeEach(() => command('FLUSHALL'));
  afterAll(() => server.stop());

  it('goes on without it, says so once, and keeps again when it is back', async () => {
    const [cache, maker] = [await open(), new Maker()];
    await cache.remember('books', 'a', maker.make);
    await server.kill();
    for (const value of [2, 3, 4]) expect(String(await cache.remember('books', 'a', maker.make))).toBe(`value ${value}`);
    await expect(cache.ping()).rejects.toThrow(CacheAwayError);
    await server.startAgain();
    await until(isBack(cache));
    await cache.remember('books', 'a', maker.make);
    expect(String(await cache.remember('books', 'a', maker.make))).toBe('value 5');
    expect([log.warn.mock.calls.length, log.log.mock.calls.length]).toEqual([1, 1]);
  });

  it('tells of one who comes and goes only once in a while', async () => {
    const cache = await open();
    for (let turn = 0; turn < 2; turn++) {
      await server.kill();
      await expect(cache.ping()).rejects.toThrow(CacheAwayError);
      await server.startAgain();
      await until(isBack(cache));
    }
    expect([log.warn.mock.calls.length, log.log.mock.calls.length]).toEqual([1, 1]);
  });

  it('makes one value for all who ask at once while it is away, and none from before it was told to forget', async () => {
    const [cache, maker, slow] = [await open(), new Maker(), aSlowMake()];
    await server.kill();
    const early = [cache.remember('books', 'a', slow.make), cache.remember('books', 'a', maker.make)];
    await slow.begun;
    await cache.forget('books');
    expect(String(await cache.remember('books', 'a', maker.make))).toBe('value 1');
    slow.finish('from old data');
    expect((await Promise.all(early)).map(String)).toEqual(['from old data', 'from old data']);
    await server.startAgain();
  });

  it('does not read again what was to be forgotten while it was away', async () => {
    const [cache, maker] = [await open(), new Maker()];
    await cache.remember('books', 'a', maker.make);
    await server.kill();
    await cache.forget('books');
    await server.startAgain();
    await until(isBack(cache));
    expect(await command('DBSIZE')).toBe(2);
    expect(String(await cache.remember('books', 'a', maker.make))).toBe('value 2');
  });

  it('lets no make fail that was under way when it died', async () => {
    const [cache, slow] = [await open(), aSlowMake()];
    const asked = cache.remember('books', 'a', slow.make);
    await slow.begun;
    await server.kill();
    slow.finish('made');
    expect(String(await asked)).toBe('made');
    await server.startAgain();
  });
});

describe('RedisCache, with a password and a database of its own', () => {
  beforeAll(async () => {
    server = await RedisServer.start(['--requirepass', 'a secret']);
  });
  afterAll(() => server.stop());

  const at = (password: string): string => `redis://:${password}@127.0.0.1:${server.port}/3`;

  it('keeps its values there', async () => {
    const cache = await open({}, at('a%20secret'));
    await cache.remember('books', 'a', new Maker().make);
    const redis = new Redis(at('a%20secret'));
    expect(await redis.dbsize()).toBe(2);
    redis.disconnect();
  });

  it('goes on without it when the password is wrong, and never writes it down', async () => {
    const cache = await open({}, at('wrong-secret'));
    expect(String(await cache.remember('books', 'a', new Maker().make))).toBe('value 1');
    const refused = await cache.ping().catch((error: Error) => error.message);
    expect(refused).toContain('WRONGPASS');
    expect(log.warn.mock.calls.length).toBe(1);
    expect(`${refused} ${JSON.stringify(log.warn.mock.calls)}`).not.toContain('wrong-secret');
  });
});

/** Whoever reads `authority` believes whoever holds `key`. */
async function aCertificate(folder: string): Promise<{ authority: string; key: string }> {
  const [authority, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const request = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await promisify(execFile)('openssl', ['req', ...request, '-days', '1', '-out', authority, '-keyout', key]);
  return { authority, key };
}

describe('a lab with a Redis behind TLS', () => {
  let folder: string;
  let lab: Lab;
  beforeAll(async () => {
    folder = await aLabFolder();
    const { authority, key } = await aCertificate(folder);
    const tls = [
      '--tls-cert-file',
      authority,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      authority,
      '--tls-auth-clients',
      'no',
    ];
    server = await RedisServer.start(tls, 'tls-port');
    const REDIS_URL = `rediss://localhost:${server.port}`;
    lab = await Lab.start(folder, { REDIS_URL, NODE_EXTRA_CA_CERTS: authority, WORKSPACE_DIR: await aWorkspace(folder) });
  });
  afterAll(async () => {
    await lab?.stop();
    await server?.stop();
    await removeFolder(folder);
  });

  const health = async () => {
    const { status, body } = await lab.request('GET', '/health');
    return [status, body.status, body.parts.cache.status];
  };
  const search = async () => {
    const { status, headers, body } = await lab.request('GET', '/api/v1/books/search?title=light');
    return [status, headers.get('etag'), body];
  };

  it('answers the same with it, without it, and when it is back', async () => {
    const FOUND = [200, expect.stringMatching(/^W\/"/), []];
    expect([await health(), await search(), await search()]).toEqual([[200, 'healthy', 'healthy'], FOUND, FOUND]);
    await server.kill();
    expect([await search(), await search(), await health()]).toEqual([FOUND, FOUND, [200, 'degraded', 'degraded']]);
    expect((await lab.request('GET', '/health/ready')).status).toBe(200);
    await server.startAgain();
    await until(async () => (await health())[1] === 'healthy');
    expect(await search()).toEqual(FOUND);
    expect(lab.printed.match(/is away/g)).toHaveLength(1);
  });
});
