import { gzipSync } from 'node:zlib';
import { Bookstore } from '../../../bookstore/bookstore.js';
import { aStock } from '../../../bookstore/stock.js';
import { textOf } from './fetched-page.js';
import { type Manners, PageFetcher } from './page-fetcher.js';

const NEVER = new AbortController().signal;
const FIRST = '/catalogue/page-1.html';

describe('PageFetcher', () => {
  let store: Bookstore;
  const fetchers: PageFetcher[] = [];
  beforeAll(async () => {
    store = await Bookstore.open(aStock(45));
  });
  beforeEach(() => {
    store.misbehaviour = {};
    store.forget();
  });
  afterEach(() => Promise.all(fetchers.splice(0).map((fetcher) => fetcher.close())));
  afterAll(() => store.close());

  const manners = (): Manners => ({
    baseUrl: store.url,
    requestsPerSecond: Infinity,
    userAgent: 'dataflow-lab/test (+mailto:lab@example.org)',
    mostRequests: 100,
    timeoutMs: 2_000,
    mostBytes: 1_000_000,
    attempts: 3,
  });
  const aFetcher = (others: Partial<Manners> = {}): PageFetcher => {
    const fetcher = new PageFetcher({ ...manners(), ...others });
    fetchers.push(fetcher);
    return fetcher;
  };
  const get = (fetcher = aFetcher(), path = FIRST): ReturnType<PageFetcher['get']> => fetcher.get(store.url + path, NEVER);
  const paths = (): string[] => store.requests.map(({ path }) => path);

  it('says who it is, and reads robots.txt first', async () => {
    const page = await get();
    expect(page.body?.toString()).toContain('All products');
    expect(paths()).toEqual(['/robots.txt', FIRST]);
    expect(store.requests[1].userAgent).toBe('dataflow-lab/test (+mailto:lab@example.org)');
  });

  it('does not go where robots.txt forbids it', async () => {
    store.misbehaviour = { robots: 'User-agent: *\nDisallow: /catalogue/page-2' };
    const fetcher = aFetcher();
    await get(fetcher);
    await expect(get(fetcher, '/catalogue/page-2.html')).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    expect(paths()).toEqual(['/robots.txt', FIRST]);
  });

  it('knows itself in robots.txt by the name of the program', async () => {
    store.misbehaviour = { robots: 'User-agent: *\nAllow: /\n\nUser-agent: dataflow-lab\nDisallow: /' };
    await expect(get()).rejects.toThrow('robots.txt of the site forbids it');
  });

  it('reads the beginning of a robots.txt without end', async () => {
    const rules = 'User-agent: *\nDisallow: /catalogue/page-1\n';
    store.misbehaviour = { robots: rules + '# more\n'.repeat(500_000) };
    await expect(get()).rejects.toThrow('robots.txt of the site forbids it');
    store.misbehaviour = { robots: `${'# more\n'.repeat(500_000)}${rules}` };
    expect((await get()).body).not.toBeNull();
  });

  it('leaves a shop that wants to be read for years', async () => {
    store.misbehaviour = { robots: 'User-agent: *\nCrawl-delay: 86400' };
    await expect(get()).rejects.toThrow('asks for 86400 s between two requests; a scrape waits for 60 at most');
  });

  it.each(['-5', 'soon', '0'])('goes at its own pace when robots.txt asks for a delay of %s', async (delay) => {
    store.misbehaviour = { robots: `User-agent: *\nCrawl-delay: ${delay}` };
    expect((await get()).body).not.toBeNull();
  });

  it('goes nowhere while the server cannot say what it allows', async () => {
    store.misbehaviour = { refuse: () => ({ status: 503, headers: { 'retry-after': '0' } }) };
    await expect(get()).rejects.toMatchObject({ code: 'PAGE_UNAVAILABLE' });
    expect(new Set(paths())).toEqual(new Set(['/robots.txt']));
  });

  it('asks for a page that it knows only when it has changed', async () => {
    const fetcher = aFetcher();
    const { validators } = await get(fetcher);
    expect((await fetcher.get(store.url + FIRST, NEVER, validators)).body).toBeNull();
    store.misbehaviour = { alter: (html) => `${html}<!-- new -->` };
    expect((await fetcher.get(store.url + FIRST, NEVER, validators)).body?.toString()).toContain('new');
  });

  it.each([429, 500, 503])('asks again after a %i, as soon as the server says', async (status) => {
    store.misbehaviour = {
      refuse: (path, before) => (path === FIRST && before < 2 ? { status, headers: { 'retry-after': '0' } } : undefined),
    };
    expect((await get()).body).not.toBeNull();
    expect(paths().filter((path) => path === FIRST)).toHaveLength(3);
  });

  it('asks again when an answer breaks off', async () => {
    store.misbehaviour = { truncate: (path, before) => (path === FIRST && before === 0 ? 100 : undefined) };
    expect((await get()).body?.toString()).toContain('</html>');
  });

  it('takes no page for whole that was cut off before it was compressed to its end', async () => {
    const cut = (html: string): Buffer => gzipSync(html).subarray(0, 300);
    store.misbehaviour = { alter: cut, headers: { 'content-encoding': 'gzip' } };
    await expect(get(aFetcher({ attempts: 1 }))).rejects.toThrow('unexpected end of file');
  });

  it('reads what is compressed', async () => {
    store.misbehaviour = { alter: (html) => gzipSync(html), headers: { 'content-encoding': 'gzip' } };
    expect((await get()).body?.toString()).toContain('All products');
  });

  it('refuses what it did not ask for', async () => {
    store.misbehaviour = { headers: { 'content-encoding': 'br' } };
    await expect(get()).rejects.toThrow('it is encoded as br, which was not asked for');
  });

  it('gives a page up after all attempts, and says why', async () => {
    store.misbehaviour = {
      refuse: (path) => (path === FIRST ? { status: 500, headers: { 'retry-after': '0' } } : undefined),
    };
    await expect(get()).rejects.toThrow(`${store.url}${FIRST} could not be fetched: the server answered 500`);
    expect(paths().filter((path) => path === FIRST)).toHaveLength(3);
  });

  it('does not wait for ever', async () => {
    store.misbehaviour = { delay: (path) => (path === FIRST ? Infinity : 0) };
    await expect(get(aFetcher({ timeoutMs: 50, attempts: 1 }))).rejects.toThrow('no whole answer within 50 ms');
  });

  it('does not wait for ever for an answer that comes drop by drop', async () => {
    store.misbehaviour = { drip: (path) => (path === FIRST ? 20 : undefined) };
    await expect(get(aFetcher({ timeoutMs: 100, attempts: 1 }))).rejects.toThrow('no whole answer within 100 ms');
  });

  it('does not ask again for what is not there', async () => {
    await expect(get(aFetcher(), '/catalogue/page-9.html')).rejects.toMatchObject({ code: 'PAGE_UNAVAILABLE', answered: 404 });
    expect(paths()).toEqual(['/robots.txt', '/catalogue/page-9.html']);
  });

  it('does not read a page without end', async () => {
    store.misbehaviour = { alter: (html, path) => (path === FIRST ? Buffer.alloc(50_000, html) : html) };
    await expect(get(aFetcher({ mostBytes: 20_000 }))).rejects.toThrow('larger than 20000 bytes');
  });

  it('does not unpack a page without end', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000));
    store.misbehaviour = { alter: () => bomb, headers: { 'content-encoding': 'gzip' } };
    await expect(get()).rejects.toThrow('larger than 1000000 bytes');
  });

  it('believes nobody who says that a page is as it never saw it', async () => {
    store.misbehaviour = { refuse: (path) => (path === FIRST ? { status: 304 } : undefined) };
    await expect(get()).rejects.toThrow('the server answered 304, though it was not told of any version');
  });

  it('follows a redirect within its host, and none off it', async () => {
    const to = (location: string) => (path: string) => (path === FIRST ? { status: 302, headers: { location } } : undefined);
    store.misbehaviour = { refuse: to('/catalogue/page-2.html') };
    expect(await get()).toMatchObject({ url: store.url + FIRST, address: `${store.url}/catalogue/page-2.html` });
    const { host } = new URL(store.url);
    const elsewhere = ['http://127.0.0.1:1/', 'http://169.254.169.254/', `https://${host}/`, `http://a:b@${host}/`, 'http://'];
    for (const location of ['http://example.org/', 'file:///etc/passwd', ...elsewhere]) {
      store.misbehaviour = { refuse: to(location) };
      await expect(get()).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    }
  });

  it('leaves a circle of redirects', async () => {
    store.misbehaviour = { refuse: (path) => (path === FIRST ? { status: 302, headers: { location: FIRST } } : undefined) };
    await expect(get()).rejects.toThrow('redirects more than 5 times');
  });

  it('follows no name into a private network', async () => {
    const fetcher = new PageFetcher({ ...manners(), baseUrl: 'http://shop.example.org' }, (_host, _options, answered) =>
      answered(null, [{ address: '127.0.0.1', family: 4 }]),
    );
    fetchers.push(fetcher);
    const page = fetcher.get('http://shop.example.org/', NEVER);
    await expect(page).rejects.toThrow('shop.example.org is not fetched: it leads to the private address 127.0.0.1');
  });

  it('goes to no other host', async () => {
    await expect(aFetcher().get('http://example.org/', NEVER)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    expect(paths()).toEqual(['/robots.txt']);
  });

  it('ends when its pages are spent', async () => {
    const fetcher = aFetcher({ mostRequests: 2 });
    await get(fetcher);
    await expect(get(fetcher)).rejects.toMatchObject({ code: 'PAGE_BUDGET_SPENT' });
  });

  it('stops when it is told to', async () => {
    store.misbehaviour = { delay: () => Infinity };
    const stop = new AbortController();
    const page = aFetcher().get(store.url + FIRST, stop.signal);
    stop.abort(new Error('enough'));
    await expect(page).rejects.toThrow('enough');
  });

  it('stops when it is told to while it waits as long as the server says', async () => {
    const stop = new AbortController();
    store.misbehaviour = {
      refuse: (path) => {
        if (path !== FIRST) return undefined;
        setImmediate(() => stop.abort(new Error('enough')));
        return { status: 429, headers: { 'retry-after': '100' } };
      },
    };
    await expect(aFetcher().get(store.url + FIRST, stop.signal)).rejects.toThrow('enough');
  });
});

describe('textOf', () => {
  it.each([
    ['UTF-8, whatever the server says', Buffer.from('£5 São'), 'text/html; charset=iso-8859-1'],
    ['what the server says', Buffer.from('£5 São', 'latin1'), 'text/html; charset=iso-8859-1'],
    ['Windows-1252 where nobody says anything', Buffer.from('£5 São', 'latin1'), 'text/html'],
    ['Windows-1252 where the server is wrong', Buffer.from('£5 São', 'latin1'), 'text/html; charset=utf-8'],
    ['Windows-1252 where nobody knows the name', Buffer.from('£5 São', 'latin1'), 'text/html; charset=martian'],
  ])('reads %s', (_what, body, contentType) => {
    expect(textOf({ body, contentType })).toBe('£5 São');
  });

  it('reads what the page says', () => {
    const body = Buffer.concat([Buffer.from('<meta charset="koi8-r">'), Buffer.from([0xeb, 0xce])]);
    expect(textOf({ body, contentType: 'text/html' })).toBe('<meta charset="koi8-r">Кн');
  });
});
