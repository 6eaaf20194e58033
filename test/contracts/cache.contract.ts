import { setTimeout as wait } from 'node:timers/promises';
import type { Cache } from '../../src/engines/cache/cache.port.js';

const bytes = (text: string): Buffer => Buffer.from(text);

/** Makes values that can be told apart, and knows how many it made. */
export class Maker {
  made = 0;

  readonly make = (): Buffer => bytes(`value ${++this.made}`);
}

/** Something under way that the test ends. */
export function aSlowMake(): { make: () => Promise<Buffer>; begun: Promise<void>; finish: (value: string | Error) => void } {
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<Buffer>()];
  return {
    make: () => {
      begun.resolve();
      return end.promise;
    },
    begun: begun.promise,
    finish: (value) => (value instanceof Error ? end.reject(value) : end.resolve(bytes(value))),
  };
}

/** What every cache keeps. @param open an empty one */
export function keepsCacheContract(open: (options?: { ttlMs: number }) => Promise<Cache>): void {
  let cache: Cache;
  let maker: Maker;
  beforeEach(async () => {
    [cache, maker] = [await open(), new Maker()];
  });

  const ask = async (scope: string, key: string, of = cache): Promise<string> =>
    String(await of.remember(scope, key, maker.make));

  it('makes a value once and gives it from then on', async () => {
    expect([await ask('books', 'a'), await ask('books', 'a'), maker.made]).toEqual(['value 1', 'value 1', 1]);
  });

  it.each([
    ['bytes of every kind', Buffer.from([0, 255, 13, 10, 128])],
    ['nothing', Buffer.alloc(0)],
    ['a small part of a large Buffer', Buffer.alloc(100_000, 'xyz').subarray(5, 9)],
    ['two megabytes', Buffer.alloc(2_000_000, 'abc')],
  ])('keeps %s as they are', async (_what, value) => {
    await cache.remember('books', 'a', () => value);
    expect((await cache.remember('books', 'a', () => bytes('other'))).equals(value)).toBe(true);
  });

  it('keeps apart what has another key or another scope', async () => {
    const asked = [
      ...['', ' ', 'a', 'A', 'a ', 'a\nb', 'a\0b', '\u00e9', 'e\u0301', '{a}', '*', 'x'.repeat(10_000)].map((key) => [
        'books',
        key,
      ]),
      ...['a', '1 a', 'books 0 a'].map((key) => ['plays', key]),
    ];
    for (const [scope, key] of asked) await ask(scope, key);
    for (const [place, [scope, key]] of asked.entries()) expect(await ask(scope, key)).toBe(`value ${place + 1}`);
    expect(maker.made).toBe(asked.length);
  });

  it('makes one value for all who ask at once', async () => {
    const slow = aSlowMake();
    const first = cache.remember('books', 'a', slow.make);
    await slow.begun;
    const others = Array.from({ length: 20 }, () => ask('books', 'a'));
    slow.finish('slow');
    expect([String(await first), ...new Set(await Promise.all(others)), maker.made]).toEqual(['slow', 'slow', 0]);
  });

  it('keeps no failure: it is that of all who wait, and the next one makes anew', async () => {
    const slow = aSlowMake();
    const first = cache.remember('books', 'a', slow.make);
    await slow.begun;
    const second = cache.remember('books', 'a', slow.make);
    slow.finish(new Error('no data'));
    await expect(first).rejects.toThrow('no data');
    await expect(second).rejects.toThrow('no data');
    expect(await ask('books', 'a')).toBe('value 1');
  });

  it('takes a failure that comes at once for one that comes late', async () => {
    const fail = (): never => {
      throw new Error('no data');
    };
    await expect(cache.remember('books', 'a', fail)).rejects.toThrow('no data');
  });

  it('forgets all of a scope, and nothing of another', async () => {
    for (const [scope, key] of ['books a', 'books b', 'plays a'].map((name) => name.split(' '))) await ask(scope, key);
    await cache.forget('books');
    expect([await ask('books', 'a'), await ask('books', 'b'), await ask('plays', 'a')]).toEqual([
      'value 4',
      'value 5',
      'value 3',
    ]);
  });

  it('forgets more than once, and what it never knew', async () => {
    await cache.forget('books');
    await ask('books', 'a');
    await cache.forget('books');
    await cache.forget('books');
    expect([await ask('books', 'a'), await ask('books', 'a')]).toEqual(['value 2', 'value 2']);
  });

  it('gives nobody what was begun before its scope was forgotten, but to those who waited for it', async () => {
    const slow = aSlowMake();
    const early = cache.remember('books', 'a', slow.make);
    await slow.begun;
    await cache.forget('books');
    expect(await ask('books', 'a')).toBe('value 1');
    slow.finish('from old data');
    expect([String(await early), await ask('books', 'a')]).toEqual(['from old data', 'value 1']);
  });

  it('does not keep what was begun before its scope was forgotten', async () => {
    const slow = aSlowMake();
    const early = cache.remember('books', 'a', slow.make);
    await slow.begun;
    await cache.forget('books');
    slow.finish('from old data');
    await early;
    expect(await ask('books', 'a')).toBe('value 1');
  });

  it('makes a value again when its time is over', async () => {
    const short = await open({ ttlMs: 20 });
    await ask('books', 'a', short);
    while (maker.made < 2) {
      await ask('books', 'a', short);
      await wait(5);
    }
  });

  it('says that it is there', () => cache.ping());
}

/** What a cache keeps that several processes share. @param open another one on the same values each time */
export function keepsReplicasTogether(open: () => Promise<Cache>): void {
  let replicas: Cache[];
  let maker: Maker;
  beforeEach(async () => {
    [replicas, maker] = [await Promise.all([open(), open(), open()]), new Maker()];
  });

  const ask = async (replica: number, key = 'a'): Promise<string> =>
    String(await replicas[replica].remember('books', key, maker.make));

  it('gives one what another made', async () => {
    expect([await ask(0), await ask(1), await ask(2), maker.made]).toEqual(['value 1', 'value 1', 'value 1', 1]);
  });

  it('makes one value for all who ask at once', async () => {
    const slow = aSlowMake();
    const first = replicas[0].remember('books', 'a', slow.make);
    await slow.begun;
    const others = [1, 2, 1, 2, 0].map((replica) => ask(replica));
    await wait(30);
    slow.finish('slow');
    expect([String(await first), ...new Set(await Promise.all(others)), maker.made]).toEqual(['slow', 'slow', 0]);
  });

  it('lets another one try when the first fails', async () => {
    const slow = aSlowMake();
    const first = replicas[0].remember('books', 'a', slow.make);
    await slow.begun;
    const second = ask(1);
    slow.finish(new Error('no data'));
    await expect(first).rejects.toThrow('no data');
    expect(await second).toBe('value 1');
  });

  it('forgets for all', async () => {
    await ask(0);
    await replicas[1].forget('books');
    expect([await ask(0), await ask(2)]).toEqual(['value 2', 'value 2']);
  });

  it('gives nobody what one began before another forgot', async () => {
    const slow = aSlowMake();
    const early = replicas[0].remember('books', 'a', slow.make);
    await slow.begun;
    await replicas[1].forget('books');
    slow.finish('from old data');
    await early;
    expect([await ask(0), await ask(1), await ask(2)]).toEqual(['value 1', 'value 1', 'value 1']);
  });
}
