import { BriefMemory } from './brief-memory.js';

describe('BriefMemory', () => {
  let now: number;
  let loads: string[];
  let answer: () => Promise<number>;
  let memory: BriefMemory<number>;
  beforeEach(() => {
    now = 0;
    loads = [];
    answer = async () => loads.length;
    const load = (key: string): Promise<number> => {
      loads.push(key);
      return answer();
    };
    memory = new BriefMemory(1_000, 2, load, () => now);
  });

  it('answers without a promise what it knows', async () => {
    await memory.get('a');
    expect(memory.get('a')).toBe(1);
  });

  it('asks again when the life of the answer is over', async () => {
    await memory.get('a');
    now = 999;
    expect(await memory.get('a')).toBe(1);
    now = 1_000;
    expect(await memory.get('a')).toBe(2);
  });

  it('counts the life from the beginning of a slow load', async () => {
    answer = async () => {
      now = 900;
      return 1;
    };
    await memory.get('a');
    now = 1_000;
    await memory.get('a');
    expect(loads).toEqual(['a', 'a']);
  });

  it('loads once for all who wait', async () => {
    expect(await Promise.all([memory.get('a'), memory.get('a'), memory.get('a')])).toEqual([1, 1, 1]);
  });

  it('does not remember a load that failed', async () => {
    answer = () => Promise.reject(new Error('no database'));
    await expect(memory.get('a')).rejects.toThrow('no database');
    answer = async () => 7;
    expect(await memory.get('a')).toBe(7);
  });

  it.each(['drop', 'clear'] as const)('does not remember what was loading at a %s', async (forget) => {
    const old = memory.get('a');
    memory[forget]('a');
    await memory.get('a');
    await old;
    expect([loads.length, memory.get('a')]).toEqual([2, 2]);
  });

  it('forgets the oldest when it is full', async () => {
    for (const key of ['a', 'b', 'c']) await memory.get(key);
    for (const key of ['c', 'b', 'a']) await memory.get(key);
    expect(loads).toEqual(['a', 'b', 'c', 'a']);
  });
});
