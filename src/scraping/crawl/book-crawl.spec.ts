import { addressOf, bookPage, listPage, PAGE_SIZE } from '../../../bookstore/pages.js';
import { aStock } from '../../../bookstore/stock.js';
import { Premises } from '../fetching/premises.js';
import { PageUnavailableError } from '../scraping.errors.js';
import { BookCrawl } from './book-crawl.js';

const HOME = 'http://shop.test/';
const BOOKS = aStock(45);
const listAt = (number: number): string => `${HOME}catalogue/page-${number}.html`;
const bookAt = (place: number): string => `${HOME}catalogue/${addressOf(BOOKS[place])}`;

/** A walk through pages in memory. @param alter what a page is instead; null for one that is not got */
function aCrawl(alter: (html: string, url: string) => string | null = (html) => html): BookCrawl {
  const pages = new Map<string, string>();
  for (let list = 1; list <= Math.ceil(BOOKS.length / PAGE_SIZE); list++) pages.set(listAt(list), listPage(BOOKS, list));
  for (const [place, book] of BOOKS.entries()) pages.set(bookAt(place), bookPage(book));
  const visit = async (url: string) => {
    const html = alter(pages.get(url) ?? listPage(BOOKS, 1), url);
    if (html === null) throw new PageUnavailableError(url, 'the server answered 500', 500);
    return { url, address: url, html, arrival: 'fetched' as const };
  };
  const say = (): void => undefined;
  return new BookCrawl({ visit }, new Premises(HOME), { log: { info: say, warn: say, error: say }, progress: say });
}

describe('a walk through the shop', () => {
  it('finds each book once, in the order of the shop', async () => {
    const { books } = await aCrawl().walk();
    expect(books.map(({ listed, details }) => [listed.url, details?.upc])).toEqual(
      BOOKS.map(({ upc }, place) => [bookAt(place), upc]),
    );
  });

  it('goes on without the pages of a few books', async () => {
    const crawl = aCrawl((html, url) =>
      url === bookAt(3) ? null : url === bookAt(4) ? html.replace('<th>UPC<', '<th>Code<') : html,
    );
    const { books } = await crawl.walk();
    expect(books.flatMap(({ details }, place) => (details ? [] : [place]))).toEqual([3, 4]);
    expect(crawl.unreadPages).toEqual([expect.objectContaining({ url: bookAt(4), field: 'upc' })]);
  });

  it.each<[string, (html: string, url: string) => string | null, object]>([
    ['the pages of many books', (html, url) => (url.includes('page-') ? html : null), { code: 'TOO_MANY_PAGES_FAILED' }],
    ['a list', (html, url) => (url === listAt(2) ? null : html), { code: 'PAGE_UNAVAILABLE' }],
  ])('stops when %s cannot be got', async (_what, alter, error) => {
    await expect(aCrawl(alter).walk()).rejects.toMatchObject(error);
  });

  it.each<[string, (html: string, url: string) => string, string, string]>([
    ['leads back', (html, url) => (url === listAt(2) ? html.replace('page-3', 'page-1') : html), 'next', 'leads back to'],
    [
      'leads to itself by other names',
      (html, url) => html.replace(/class="next"><a href="[^"]*/, `class="next"><a href="page-1.html?at=${url.length}`),
      ...(['books', 'were all on the pages before this one'] as const),
    ],
    [
      'ends before its books do',
      (html) => html.replace(/<li class="next">.*?<\/li>/, '').replace(/Page \d+ of \d+/, ''),
      ...(['books', 'end after 20 of the 45 that the page tells of'] as const),
    ],
    [
      'ends before its pages do',
      (html) => html.replace(/<li class="next">.*?<\/li>/, ''),
      'next',
      'not on the page, which is 1 of 3',
    ],
    [
      'has the book of another shop',
      (html) => html.replace(/<h3><a href="/, '<h3><a href="//example.org/'),
      ...(['url', 'goes to no other host'] as const),
    ],
    ['leads elsewhere', (html) => html.replace('href="page-2', 'href="http://127.0.0.1/page-2'), 'next', 'goes to no other host'],
  ])('stops at a list that %s, and keeps the page', async (_what, alter, field, reason) => {
    const crawl = aCrawl(alter);
    await expect(crawl.walk()).rejects.toMatchObject({
      code: 'PAGE_LAYOUT_CHANGED',
      field,
      message: expect.stringContaining(reason),
    });
    expect(crawl.unreadPages).toEqual([expect.objectContaining({ field, html: expect.stringContaining('product_pod') })]);
  });
});
