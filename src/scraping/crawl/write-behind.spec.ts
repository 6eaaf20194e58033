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

  it('gathers while it writes', async () => {
    const writes = new WriteBehind<number>(10, slowly);
    await writes.add(1);
    await turn();
    await Promise.all([writes.add(2), writes.add(3)]);
    go();
    await turn();
    go();
    await writes.settle();
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('holds up who adds when too much has gathered', async () => {
    const writes = new WriteBehind<number>(2, slowly);
    await writes.add(1);
    await turn();
    await writes.add(2);
    let isAdded = false;
    const third = writes.add(3).then(() => (isAdded = true));
    await turn();
    expect(isAdded).toBe(false);
    go();
    await turn();
    go();
    await third;
    expect(batches).toEqual([[1], [2, 3]]);
  });

  it('tells who adds next, and who waits for the end, what went wrong', async () => {
    const writes = new WriteBehind<number>(10, () => Promise.reject(new Error('no space left')));
    await writes.add(1);
    await expect(writes.settle()).rejects.toThrow('no space left');
    await expect(writes.add(2)).rejects.toThrow('no space left');
  });

  it('has nothing to wait for when nothing was added', async () => {
    await new WriteBehind<number>(1, slowly).settle();
    expect(batches).toEqual([]);
  });
});
