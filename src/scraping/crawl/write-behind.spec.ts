import { setImmediate as turn } from 'node:timers/promises';
import { WriteBehind } from './write-behind.js';

describe('writing behind', () => {
  let batches: number[][];
  let go: () => void;
  beforeEach(() => (batches = []));

  const slowly = async (items: readonly number[]): Promise<void> => {
    batches.push([...items]);
    await new Promise<void>((resolve) => (go = resolve));
  };

  it('gathers a batch, and holds up who adds the last of it until it is written', async () => {
    const writes = new WriteBehind<number>(2, slowly);
    await writes.add(1);
    let isAdded = false;
    const second = writes.add(2).then(() => (isAdded = true));
    await writes.add(3);
    await turn();
    expect([batches, isAdded]).toEqual([[[1, 2]], false]);
    go();
    await second;
  });

  it('gathers less of what is heavy', async () => {
    const writes = new WriteBehind<number>(10, slowly);
    const heavy = writes.add(1, 10);
    await turn();
    expect(batches).toEqual([[1]]);
    go();
    await heavy;
  });

  it('writes fewer when no more come', async () => {
    const writes = new WriteBehind<number>(10, slowly, 0);
    await writes.add(1);
    while (batches.length === 0) await turn();
    expect(batches).toEqual([[1]]);
    go();
    await writes.settle();
  });

  it('writes the rest at the end', async () => {
    const writes = new WriteBehind<number>(10, slowly);
    await writes.add(1);
    const end = writes.settle();
    await turn();
    go();
    await end;
    expect(batches).toEqual([[1]]);
  });

  it('tells who adds next, and who waits for the end, what went wrong', async () => {
    const writes = new WriteBehind<number>(2, () => Promise.reject(new Error('no space left')));
    await writes.add(1);
    await expect(writes.add(2)).rejects.toThrow('no space left');
    await expect(writes.add(3)).rejects.toThrow('no space left');
    await expect(writes.settle()).rejects.toThrow('no space left');
  });

  it('has nothing to wait for when nothing was added', async () => {
    await new WriteBehind<number>(1, slowly).settle();
    expect(batches).toEqual([]);
  });
});
