import type { StoredMessage } from '../../engines/stream/stream.port.js';
import { keyOf, withoutRepeats } from './record-mark.js';

const aMessage = (key: string | null, overrides: Partial<StoredMessage> = {}): StoredMessage => ({
  ...{ key, partition: 0, offset: 0, value: null, headers: {}, timestamp: 0 },
  ...overrides,
});
const keysOf = (keys: readonly (string | null)[], before: string | null = null): (string | null)[] => {
  const { last } = withoutRepeats(before === null ? [] : [aMessage(before)], null);
  return withoutRepeats(
    keys.map((key) => aMessage(key)),
    last,
  ).fresh.map(({ key }) => key);
};

describe('marks of records', () => {
  it('tell what comes again from what is new', () => {
    expect(keysOf(['3-0', '3-1', '3-0', '3-1', '3-2', '4-0'])).toEqual(['3-0', '3-1', '3-2', '4-0']);
    expect(keysOf(['9-4', '9-5', '10-0'], '9-4')).toEqual(['9-5', '10-0']);
  });

  it('are the last that was new', () => {
    const { last } = withoutRepeats([aMessage('5-1'), aMessage('5-0'), aMessage(null)], { generation: 4, index: 7 });
    expect(last && keyOf(last)).toBe('5-1');
  });

  it('let pass what others sent', () => {
    expect(keysOf([null, 'ana', '-1-2', null], '9-4')).toEqual([null, 'ana', '-1-2', null]);
  });

  it('let a letter pass that comes back long after its own', () => {
    const letter = aMessage('2-1', { headers: { 'dlq.letter': '17' } });
    expect(withoutRepeats([letter], { generation: 9, index: 0 })).toEqual({ fresh: [letter], last: { generation: 9, index: 0 } });
  });
});
