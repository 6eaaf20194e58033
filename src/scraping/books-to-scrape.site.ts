import { Markup } from './markup.js';
import { PageLayoutError } from './scraping.errors.js';
import type { BookDetails, ListedBook, ListPage } from './scraping.types.js';

/** Where the list begins, below the base URL. */
export const FIRST_PAGE = 'catalogue/page-1.html';

const RATINGS = ['One', 'Two', 'Three', 'Four', 'Five'];
/** Characters. What is longer is no title, and no category. */
const LONGEST_TEXT = 2_000;
const LONGEST_DESCRIPTION = 100_000;

/**
 * The books of a list page of books.toscrape.com, in its order.
 * @param url of the page: its links are relative to it
 * @throws {PageLayoutError}
 */
export function parseList(html: string, url: string): ListPage {
  const page = new Page(url);
  const markup = page.markup(html);
  const pods = markup.all('article', 'product_pod');
  if (pods.length === 0) throw new PageLayoutError(url, 'books', 'are not on the page');
  return {
    books: pods.map((pod): ListedBook => {
      const link = pod.first('h3').first('a');
      return {
        url: page.bookAddress(link.attribute('href')),
        title: page.text(link.attribute('title'), 'title'),
        price: page.pounds(pod.first('p', 'price_color').text, 'price'),
        rating: page.rating(pod.first('p', 'star-rating')),
        availability: page.text(pod.first('p', 'availability').text, 'availability'),
        image: page.address(pod.first('img').attribute('src'), 'image'),
      };
    }),
    next: page.next(markup.first('li', 'next').first('a').attribute('href'), markup.first('li', 'current').text),
    results: page.results(markup.first('form', 'form-horizontal').first('strong').text),
  };
}

/**
 * @param url of the page
 * @throws {PageLayoutError}
 */
export function parseDetails(html: string, url: string): BookDetails {
  const page = new Page(url);
  const markup = page.markup(html);
  const rows = markup.first('table', 'table-striped').all('tr');
  const product = new Map(rows.map((row) => [row.first('th').text, row.first('td').text]));
  const behindHeading = markup.all('div').find((part) => part.attribute('id') === 'product_description')?.next;
  return {
    category: page.text(markup.first('ul', 'breadcrumb').all('li').at(2)?.text, 'category'),
    description: behindHeading?.tag === 'p' ? page.longText(behindHeading.text, 'description') : null,
    upc: page.text(product.get('UPC'), 'upc'),
    tax: page.pounds(product.get('Tax'), 'tax'),
    stock: page.stock(product.get('Availability')),
    reviews: page.count(product.get('Number of reviews'), 'reviews'),
  };
}

/** The head repeats the description and tells nothing of its own: a quarter of the time is spared. */
const bodyOf = (html: string): string => html.slice(Math.max(0, html.search(/<body\b/i)));

/** Reads the parts of a page, and names the field of the one that cannot be read. */
class Page {
  constructor(private readonly url: string) {}

  markup(html: string): Markup {
    try {
      return Markup.of(bodyOf(html));
    } catch (error) {
      if (error instanceof RangeError) throw new PageLayoutError(this.url, 'markup', error.message);
      throw error;
    }
  }

  text(given: string | undefined, field: string): string {
    const text = this.longText(given, field, LONGEST_TEXT);
    if (!text) throw new PageLayoutError(this.url, field, 'is not on the page');
    return text;
  }

  longText(given: string | undefined, field: string, longest = LONGEST_DESCRIPTION): string | null {
    const text = given?.trim().replaceAll('\0', '\uFFFD') ?? '';
    if (text.length > longest) throw new PageLayoutError(this.url, field, `is longer than ${longest} characters`);
    return text || null;
  }

  address(given: string | undefined, field: string): string {
    return this.parsedAddress(given, field).href;
  }

  /** It is the same book, whatever a link to it asks besides. */
  bookAddress(given: string | undefined): string {
    const address = this.parsedAddress(given, 'url');
    address.search = '';
    return address.href;
  }

  private parsedAddress(given: string | undefined, field: string): URL {
    const href = this.text(given, field);
    const address = URL.parse(href, this.url);
    if (!address || !/^https?:$/.test(address.protocol)) {
      throw new PageLayoutError(this.url, field, `is no address: ${href.slice(0, 100)}`);
    }
    address.hash = '';
    return address;
  }

  /** @param place of the page, as it says it: that it leads no further is believed of the last one alone */
  next(given: string | undefined, place: string): string | null {
    if (given !== undefined) return this.address(given, 'next');
    const [said, number, of] = /(\d+) of (\d+)/.exec(place) ?? [];
    if (Number(number) < Number(of)) throw new PageLayoutError(this.url, 'next', `is not on the page, which is ${said}`);
    return null;
  }

  results(given: string): number | null {
    return /^\d{1,9}$/.test(given.trim()) ? Number(given) : null;
  }

  /** The sign of the pound may come in any encoding: it is not looked at. */
  pounds(given: string | undefined, field: string): number {
    const text = this.text(given, field);
    const amount = /^\D{0,3}(\d{1,3}(?:,\d{3})*|\d+)(\.\d+)?$/.exec(text);
    if (!amount) throw new PageLayoutError(this.url, field, `is no price: ${text.slice(0, 100)}`);
    return Number(amount[1].replaceAll(',', '') + (amount[2] ?? ''));
  }

  rating(stars: Markup): number {
    const rating = 1 + RATINGS.findIndex((name) => stars.hasClass(name));
    if (rating === 0) throw new PageLayoutError(this.url, 'rating', 'is none of one to five stars');
    return rating;
  }

  count(given: string | undefined, field: string): number {
    const text = this.text(given, field);
    if (!/^\d{1,9}$/.test(text)) throw new PageLayoutError(this.url, field, `is no count: ${text.slice(0, 100)}`);
    return Number(text);
  }

  /** Of a book that is sold out the page gives no number. */
  stock(given: string | undefined): number {
    const text = this.text(given, 'stock');
    const [, available] = /\((\d+) available\)/.exec(text) ?? [];
    if (available === undefined && /^in stock/i.test(text)) {
      throw new PageLayoutError(this.url, 'stock', `has no number: ${text.slice(0, 100)}`);
    }
    return Number(available ?? 0);
  }
}
