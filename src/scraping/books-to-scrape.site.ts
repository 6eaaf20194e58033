import { type Cheerio, load } from 'cheerio';
import type { Element } from 'domhandler';
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
  const $ = load(html);
  const page = new Page(url);
  const pods = $('article.product_pod').toArray();
  if (pods.length === 0) throw new PageLayoutError(url, 'books', 'are not on the page');
  return {
    books: pods.map((pod): ListedBook => {
      const link = $(pod).find('h3 > a');
      return {
        url: page.bookAddress(link.attr('href')),
        title: page.text(link.attr('title'), 'title'),
        price: page.pounds($(pod).find('p.price_color').text(), 'price'),
        rating: page.rating($(pod).find('p.star-rating')),
        availability: page.text($(pod).find('p.availability').text(), 'availability'),
        image: page.address($(pod).find('img').attr('src'), 'image'),
      };
    }),
    next: page.next($('li.next > a').attr('href'), $('li.current').text()),
    results: page.results($('form.form-horizontal strong').first().text()),
  };
}

/**
 * @param url of the page
 * @throws {PageLayoutError}
 */
export function parseDetails(html: string, url: string): BookDetails {
  const $ = load(html);
  const page = new Page(url);
  const product = new Map(
    $('table.table-striped tr')
      .toArray()
      .map((row) => [$(row).find('th').text().trim(), $(row).find('td').text().trim()]),
  );
  return {
    category: page.text($('ul.breadcrumb > li').eq(2).text(), 'category'),
    description: page.longText($('#product_description + p').text(), 'description'),
    upc: page.text(product.get('UPC'), 'upc'),
    tax: page.pounds(product.get('Tax'), 'tax'),
    stock: page.stock(product.get('Availability')),
    reviews: page.count(product.get('Number of reviews'), 'reviews'),
  };
}

/** Reads the parts of a page, and names the field of the one that cannot be read. */
class Page {
  constructor(private readonly url: string) {}

  text(given: string | undefined, field: string): string {
    const text = this.longText(given, field, LONGEST_TEXT);
    if (!text) throw new PageLayoutError(this.url, field, 'is not on the page');
    return text;
  }

  longText(given: string | undefined, field: string, longest = LONGEST_DESCRIPTION): string | null {
    const text = given?.trim() ?? '';
    if (text.length > longest) throw new PageLayoutError(this.url, field, `is longer than ${longest} characters`);
    return text || null;
  }

  address(given: string | undefined, field: string): string {
    const href = this.text(given, field);
    const address = URL.canParse(href, this.url) ? new URL(href, this.url) : undefined;
    if (!address || !/^https?:$/.test(address.protocol)) {
      throw new PageLayoutError(this.url, field, `is no address: ${href.slice(0, 100)}`);
    }
    address.hash = '';
    return address.href;
  }

  /** It is the same book, whatever a link to it asks besides. */
  bookAddress(given: string | undefined): string {
    const address = new URL(this.address(given, 'url'));
    address.search = '';
    return address.href;
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

  rating(stars: Cheerio<Element>): number {
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
