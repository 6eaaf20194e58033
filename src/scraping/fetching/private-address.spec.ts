import { isPrivate, namesPrivate, publicLookup } from './private-address.js';

describe('a private address', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
    '::1',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '2002:7f00:1::',
  ])('is %s', (address) => expect(isPrivate(address)).toBe(true));

  it.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111', '64:ff9b::8.8.8.8'])('is not %s', (address) =>
    expect(isPrivate(address)).toBe(false),
  );

  it.each(['localhost', 'shop.localhost', '127.0.0.1', '[::1]', 'bookstore', 'shop.internal', 'nas.local.'])(
    'may be configured: %s',
    (host) => {
      expect(namesPrivate(host)).toBe(true);
    },
  );

  it.each(['books.toscrape.com', 'internal.example.org', '8.8.8.8'])('is none that may be configured: %s', (host) => {
    expect(namesPrivate(host)).toBe(false);
  });

  it('is not reached by a name that leads to it', async () => {
    const error = await new Promise((resolve) => publicLookup()('localhost', {}, resolve));
    expect(String(error)).toMatch(/localhost is not fetched: it leads to the private address/);
  });
});
