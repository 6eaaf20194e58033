import { keepsCacheContract } from '../../../test/contracts/cache.contract.js';
import { MemoryCache } from './memory.cache.js';

describe('MemoryCache', () => {
  const open = ({ ttlMs = 60_000, maxBytes = 10_000_000 } = {}) => new MemoryCache({ ttlMs, maxBytes });

  describe('keeps the contract', () => keepsCacheContract(async (options) => open(options)));

  describe('with room for ten values of a kilobyte', () => {
    let cache: MemoryCache;
    let made: string[];
    beforeEach(() => {
      [cache, made] = [open({ maxBytes: 10 * 1300 }), []];
    });

    const ask = async (key: string, size = 1000): Promise<void> => {
      await cache.remember('books', key, () => {
        made.push(key);
        return Buffer.alloc(size);
      });
    };
    const askAll = async (keys: string): Promise<void> => {
      for (const key of keys) await ask(key);
    };

    it('gives up what was not asked for longest', async () => {
      await askAll('abcdefghij');
      await askAll('abk');
      made = [];
      await askAll('abdefghijk');
      expect(made).toEqual([]);
      await ask('c');
      expect(made).toEqual(['c']);
    });

    it('gives up as many as a large one needs', async () => {
      await askAll('abcdefghij');
      await ask('k', 5000);
      made = [];
      await askAll('fghij');
      expect(made).toEqual([]);
      await askAll('a');
      expect(made).toEqual(['a']);
    });

    it('does not give up everything for one that has no room at all', async () => {
      await askAll('abcdefghij');
      await ask('k', 20_000);
      made = [];
      await askAll('abcdefghij');
      expect(made).toEqual([]);
      await ask('k', 20_000);
      expect(made).toEqual(['k']);
    });

    it('has all its room again when it has forgotten', async () => {
      await askAll('abcdefghij');
      await cache.forget('books');
      await askAll('abcdefghij');
      made = [];
      await askAll('abcdefghij');
      expect(made).toEqual([]);
    });
  });
});
