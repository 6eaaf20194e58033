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

  const aFetcher = (manners: Partial<Manners> = {}): PageFetcher => {
    const fetcher = new PageFetcher({
      baseUrl: store.url,
      requestsPerSecond: Infinity,
      userAgent: 'dataflow-lab/test (+mailto:lab@example.org)',
      mostRequests: 100,
      timeoutMs: 2_000,
      mostBytes: 1_000_000,
      attempts: 3,
      ...manners,
    });
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

  it('gives a page up after all attempts, and says why', async () => {
    store.misbehaviour = {
      refuse: (path) => (path === FIRST ? { status: 500, headers: { 'retry-after': '0' } } : undefined),
    };
    await expect(get()).rejects.toThrow(`${store.url}${FIRST} could not be fetched: the server answered 500`);
    expect(paths().filter((path) => path === FIRST)).toHaveLength(3);
  });

  it('does not wait for ever', async () => {
    store.misbehaviour = { delay: (path) => (path === FIRST ? Infinity : 0) };
    await expect(get(aFetcher({ timeoutMs: 50, attempts: 1 }))).rejects.toThrow('no answer within 50 ms');
  });

  it('does not ask again for what is not there', async () => {
    await expect(get(aFetcher(), '/catalogue/page-9.html')).rejects.toMatchObject({ code: 'PAGE_UNAVAILABLE', answered: 404 });
    expect(paths()).toEqual(['/robots.txt', '/catalogue/page-9.html']);
  });

  it('does not read a page without end', async () => {
    store.misbehaviour = { alter: (html, path) => (path === FIRST ? Buffer.alloc(50_000, html) : html) };
    await expect(get(aFetcher({ mostBytes: 20_000 }))).rejects.toThrow('larger than 20000 bytes');
  });

  it('follows a redirect within its host, and none off it', async () => {
    const to = (location: string) => (path: string) => (path === FIRST ? { status: 302, headers: { location } } : undefined);
    store.misbehaviour = { refuse: to('/catalogue/page-2.html') };
    expect((await get()).url).toBe(store.url + FIRST);
    for (const location of ['http://example.org/', 'http://127.0.0.1:1/', 'file:///etc/passwd']) {
      store.misbehaviour = { refuse: to(location) };
      await expect(get()).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    }
  });

  it('leaves a circle of redirects', async () => {
    store.misbehaviour = { refuse: (path) => (path === FIRST ? { status: 302, headers: { location: FIRST } } : undefined) };
    await expect(get()).rejects.toThrow('redirects more than 5 times');
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
