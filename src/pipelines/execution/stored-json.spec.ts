import { storedJson } from './stored-json.js';

describe('storedJson', () => {
  it('replaces what PostgreSQL refuses in a jsonb', () => {
    expect(JSON.parse(storedJson({ a: 'nul\0', b: 'half \ud83d', c: 'whole \u{1f600}' }))).toEqual({
      a: 'nul\ufffd',
      b: 'half \ufffd',
      c: 'whole \u{1f600}',
    });
  });

  it('leaves a backslash before "u0000" alone', () => {
    const text = 'C:\\u0000';
    expect(JSON.parse(storedJson(text))).toBe(text);
  });

  it('writes a 64-bit integer as a number while it is exact and as text beyond', () => {
    expect(storedJson([3n, 2n ** 60n])).toBe('[3,"1152921504606846976"]');
  });
});
