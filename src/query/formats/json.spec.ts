import { rowsOf } from './json.js';

describe('rows in JSON', () => {
  it('are made one by one, so that nobody waits for those that are too many', () => {
    const unread = {
      get deep(): never {
        throw new Error('The second row was read');
      },
    };
    const chunk = { columns: [{ name: 'a', type: 'JSON' }], rows: 2, values: [[{ deep: 1 }, unread]] };
    const rows = rowsOf(chunk, ['a']);
    expect(rows.next().value).toBe('{"a":{"deep":1}}');
    expect(() => rows.next()).toThrow('The second row was read');
  });
});
