import { bookPage, imageOf, listPage } from '../../bookstore/pages.js';
import { aStock } from '../../bookstore/stock.js';
import { parseDetails, parseList } from './books-to-scrape.site.js';

const BASE = 'http://shop.test/catalogue/';
const books = aStock(45);

describe('the pages of books.toscrape.com', () => {
  it('list their books, with whole titles', () => {
    const { books: listed, next } = parseList(listPage(books, 1), `${BASE}page-1.html`);
    const [{ title, price, rating, number }] = books;
    expect(listed).toHaveLength(20);
    expect(listed[0]).toEqual({
      url: `${BASE}the-lighthouse-tales-of-the-coast-1-complete-unabridged_${number}/index.html`,
      title,
      price,
      rating,
      availability: 'In stock',
      image: `http://shop.test/${imageOf(books[0], 'thumb')}`,
    });
    expect(next).toBe(`${BASE}page-2.html`);
  });

  it('are the same on the home page, whose addresses begin elsewhere', () => {
    const home = parseList(listPage(books, 1, true), 'http://shop.test/index.html');
    expect(home).toEqual(parseList(listPage(books, 1), `${BASE}page-1.html`));
  });

  it('end with a page that leads no further', () => {
    const { books: listed, next } = parseList(listPage(books, 3), `${BASE}page-3.html`);
    expect([listed.length, next]).toEqual([5, null]);
  });

  it('say how many books there are; where they do not, nothing is missing', () => {
    expect(parseList(listPage(books, 1), BASE).results).toBe(45);
    expect(parseList(listPage(books, 1).replace(/<strong>45</, '<strong>many<'), BASE).results).toBeNull();
  });

  it('lead to the same book, whatever a link asks besides', () => {
    const html = listPage(books, 1).replaceAll('/index.html"', '/index.html?session=7#top"');
    expect(parseList(html, `${BASE}page-1.html`).books).toEqual(parseList(listPage(books, 1), `${BASE}page-1.html`).books);
  });

  it('tell the rest on the page of the book', () => {
    const [book] = books;
    expect(parseDetails(bookPage(book), `${BASE}a_1/index.html`)).toEqual({
      category: book.category,
      description: book.description,
      upc: book.upc,
      tax: 0,
      stock: book.stock,
      reviews: 0,
    });
  });

  it('may have no description', () => {
    const html = bookPage({ ...books[0], description: null });
    expect(parseDetails(html, BASE).description).toBeNull();
  });

  it('are understood when the sign of the pound was broken on its way', () => {
    const html = listPage(books, 1).replaceAll('£', 'Â£');
    expect(parseList(html, BASE).books[0].price).toBe(books[0].price);
  });

  it('are no pages when they are nested without end', () => {
    const html = bookPage(books[0]).replace(books[0].upc, '<b>'.repeat(1_000_000));
    expect(() => parseDetails(html, BASE)).toThrow('markup has elements in more than 1000 others');
  });

  it('may hold what no text holds', () => {
    expect(parseDetails(bookPage(books[0]).replace(books[0].upc, 'a\0b'), BASE).upc).toBe('a\uFFFDb');
  });

  it('may sell out', () => {
    const html = bookPage(books[0]).replaceAll(/In stock \(\d+ available\)/g, 'Out of stock');
    expect(parseDetails(html, BASE).stock).toBe(0);
  });

  it.each<[string, string, string | RegExp, string]>([
    ['url', 'list', /<h3><a href="[^"]*"/, '<h3><a href=""'],
    ['title', 'list', / title="[^"]*"/, ''],
    ['price', 'list', /£\d+\.\d+/, 'free'],
    ['rating', 'list', /star-rating \w+/, 'star-rating Eleven'],
    ['availability', 'list', /In stock/, ''],
    ['image', 'list', /<img src="[^"]*"/, '<img'],
    ['image', 'list', /<img src="[^"]*"/, '<img src="javascript:alert(1)"'],
    ['title', 'list', / title="/, ` title="${'x'.repeat(3_000)}`],
    ['books', 'list', /product_pod/g, 'product-card'],
    ['next', 'list', /<li class="next">/, '<li class="further">'],
    ['category', 'book', /<ul class="breadcrumb">/, '<ul>'],
    ['upc', 'book', /<th>UPC</, '<th>Code<'],
    ['tax', 'book', /£0.00</, 'none<'],
    ['stock', 'book', /In stock \(\d+ available\)<\/td>/, 'In stock</td>'],
    ['reviews', 'book', /<td>0</, '<td>many<'],
  ])('name the field when its markup has changed: %s', (field, kind, markup, other) => {
    const html = kind === 'list' ? listPage(books, 1) : bookPage(books[0]);
    const parse = (): unknown => (kind === 'list' ? parseList : parseDetails)(html.replace(markup, other), BASE);
    expect(parse).toThrow(expect.objectContaining({ code: 'PAGE_LAYOUT_CHANGED', field, url: BASE }));
  });
});
