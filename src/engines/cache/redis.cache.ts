import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { VERSION } from '../../config/version.js';
import { Cache } from './cache.port.js';
import { type LinkTiming, RedisLink } from './redis-link.js';
import { SingleFlight } from './single-flight.js';

export interface RedisCacheOptions extends LinkTiming {
  readonly ttlMs: number;
  /** How long one process waits for what another one makes, and after which that one counts as dead. */
  readonly patienceMs: number;
}

const USUAL: RedisCacheOptions = { ttlMs: 300_000, patienceMs: 2000, connectMs: 1000, answerMs: 500, longestPauseMs: 5000 };

/** Another version of the process may put values together in another way. */
const PREFIX = `dataflow-lab:${VERSION}`;
const LOOK_EVERY_MS = 20;
const UUID_BYTES = 36;
const NONE = -1;

/** Ends the turn of who holds it, and keeps the value unless its scope was forgotten since. The turn first: a full Redis refuses the rest. */
const KEEP = `
if redis.call('get', KEYS[3]) == ARGV[4] then redis.call('del', KEYS[3]) end
if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('set', KEYS[2], ARGV[1] .. ARGV[2], 'px', ARGV[3]) end`;
const END_TURN = `if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end`;

interface Names {
  readonly generation: string;
  readonly value: string;
  /** Of one generation: nobody waits for who makes what is to be forgotten. */
  readonly turnIn: (generation: string) => string;
}

interface Found {
  /** Unknown when Redis cannot be asked. */
  readonly generation?: string;
  readonly value?: Buffer;
}

type Make = () => Promise<Buffer> | Buffer;

/**
 * A cache that replicas share. Each scope has a generation with a random name, and each value begins with that in which it was
 * made; one of another generation counts as none. To forget is to remove the generation, which even a full Redis does, and a
 * generation that got lost on the way takes all its values with it.
 */
export class RedisCache extends Cache {
  private readonly flights = new SingleFlight();
  /** The connection in which Redis was told all there was to forget of a scope, so that what it has may be read. */
  private readonly trusted = new Map<string, number>();
  private forgotten = 0;

  private constructor(
    private readonly link: RedisLink,
    private readonly options: RedisCacheOptions,
  ) {
    super();
  }

  /** @param url `redis://[user:password@]host:port/db`, `rediss:` with TLS. A Redis that is away is no obstacle */
  static async open(url: string, options: Partial<RedisCacheOptions> = {}): Promise<RedisCache> {
    const all = { ...USUAL, ...options };
    return new RedisCache(await RedisLink.open(url, all), all);
  }

  async remember(scope: string, key: string, make: Make): Promise<Buffer> {
    const names = namesOf(scope, key);
    const { generation, value } = await this.look(scope, names);
    if (value) return value;
    const flight = `${generation ?? `away ${this.forgotten}`} ${names.value}`;
    return this.flights.join(flight, async () =>
      generation === undefined ? make() : this.makeInTurn(scope, names, generation, make),
    );
  }

  async forget(scope: string): Promise<void> {
    this.forgotten++;
    const { epoch } = this.link;
    // Before it is done: what is asked after this is answered after this, as long as it is the same connection.
    this.trusted.set(scope, epoch);
    const done = await this.link.ask((redis) => redis.del(namesOf(scope, '').generation));
    if (done === undefined) this.trusted.set(scope, NONE);
  }

  ping(): Promise<void> {
    return this.link.ping();
  }

  async close(): Promise<void> {
    this.link.close();
  }

  private async look(scope: string, names: Names): Promise<Found> {
    if (!(await this.isTrusted(scope))) return {};
    const found = await this.link.ask((redis) => redis.mgetBuffer(names.generation, names.value));
    if (!found) return {};
    const [generation, kept] = found;
    if (!generation) return { generation: await this.begin(names.generation) };
    const isOfThis = kept?.subarray(0, UUID_BYTES).equals(generation);
    return { generation: String(generation), value: isOfThis ? kept?.subarray(UUID_BYTES) : undefined };
  }

  /** A Redis that is back may have lost what it was told last, if it was told at all: it is told again before it is believed. */
  private async isTrusted(scope: string): Promise<boolean> {
    const { epoch } = this.link;
    if (!this.trusted.has(scope)) this.trusted.set(scope, epoch);
    if (this.trusted.get(scope) !== epoch) await this.forget(scope);
    return this.trusted.get(scope) === epoch;
  }

  /** @returns the generation that holds now: that of the first who began one */
  private async begin(name: string): Promise<string | undefined> {
    await this.link.ask((redis) => redis.set(name, randomUUID(), 'NX'));
    return (await this.link.ask((redis) => redis.get(name))) ?? undefined;
  }

  /** One process at a time makes a value; the others look again and again whether it is there. */
  private async makeInTurn(scope: string, names: Names, began: string, make: Make): Promise<Buffer> {
    const patience = AbortSignal.timeout(this.options.patienceMs);
    const turn = randomUUID();
    let generation = began;
    for (;;) {
      const place = names.turnIn(generation);
      const taken = await this.link.ask((redis) => redis.set(place, turn, 'PX', this.options.patienceMs, 'NX'));
      if (taken !== null || patience.aborted) return this.makeAndKeep(names, { generation, turn }, make);
      await wait(LOOK_EVERY_MS);
      const found = await this.look(scope, names);
      if (found.value) return found.value;
      generation = found.generation ?? generation;
    }
  }

  private async makeAndKeep(
    names: Names,
    { generation, turn }: { generation: string; turn: string },
    make: Make,
  ): Promise<Buffer> {
    const place = names.turnIn(generation);
    let value: Buffer;
    try {
      value = await make();
    } catch (error) {
      await this.link.ask((redis) => redis.eval(END_TURN, 1, place, turn));
      throw error;
    }
    const { ttlMs } = this.options;
    await this.link.ask((redis) => redis.eval(KEEP, 3, names.generation, names.value, place, generation, value, ttlMs, turn));
    return value;
  }
}

/** In braces what a cluster keeps together. */
function namesOf(scope: string, key: string): Names {
  const start = `${PREFIX}:{${scope}}`;
  return {
    generation: `${start}:generation`,
    value: `${start}:value:${key}`,
    turnIn: (generation) => `${start}:turn:${generation}:${key}`,
  };
}
