import type { StockedBook } from './stock.js';

export const PAGE_SIZE = 20;

const WORDS = ['Zero', 'One', 'Two', 'Three', 'Four', 'Five'];

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] as string);

const slug = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

export const addressOf = ({ title, number }: StockedBook): string => `${slug(title)}_${number}/index.html`;

/** @param size `thumb` as in lists, `large` as on the page of the book: two files on the real site, too */
export const imageOf = ({ upc }: StockedBook, size: 'thumb' | 'large'): string => {
  const name = size === 'thumb' ? upc : [...upc].reverse().join('');
  return `media/cache/${name.slice(0, 2)}/${name.slice(2, 4)}/${name}.jpg`;
};

const stars = (rating: number): string => `<p class="star-rating ${WORDS[rating]}">
        ${'<i class="icon-star"></i>\n        '.repeat(5)}
    </p>`;

const price = (pounds: number): string => `<p class="price_color">£${pounds.toFixed(2)}</p>`;

const page = (title: string, root: string, content: string): string => `
<!DOCTYPE html>
<html lang="en-us" class="no-js">
    <head>
        <title>
    ${escape(title)} | Books to Scrape - Sandbox
</title>
        <meta http-equiv="content-type" content="text/html; charset=UTF-8" />
        <meta name="robots" content="NOARCHIVE,NOCACHE" />
    </head>
    <body id="default" class="default">
    <header class="header container-fluid">
        <div class="row"><div class="col-sm-8 h1"><a href="${root}index.html">Books to Scrape</a><small> We love being scraped!</small></div></div>
    </header>
    <div class="container-fluid page">
${content}
    </div>
    </body>
</html>
`;

const pod = (book: StockedBook, root: string, catalogue: string): string => `
    <li class="col-xs-6 col-sm-4 col-md-3 col-lg-3">
    <article class="product_pod">
            <div class="image_container">
                    <a href="${catalogue}${addressOf(book)}"><img src="${root}${imageOf(book, 'thumb')}" alt="${escape(book.title)}" class="thumbnail"></a>
            </div>
    ${stars(book.rating)}
            <h3><a href="${catalogue}${addressOf(book)}" title="${escape(book.title)}">${escape(shortened(book.title))}</a></h3>
            <div class="product_price">
        ${price(book.price)}
<p class="instock availability">
    <i class="icon-ok"></i>

        In stock

</p>
    <form>
        <button type="submit" class="btn btn-primary btn-block" data-loading-text="Adding...">Add to basket</button>
    </form>
            </div>
    </article>
    </li>`;

const shortened = (title: string): string => (title.length > 18 ? `${title.slice(0, 15).trimEnd()} ...` : title);

/** @param number from 1; the first one is the home page as well, where addresses begin with `catalogue/` */
export function listPage(books: readonly StockedBook[], number: number, isHome = false): string {
  const pages = Math.max(1, Math.ceil(books.length / PAGE_SIZE));
  const [root, catalogue] = isHome ? ['', 'catalogue/'] : ['../', ''];
  const shown = books.slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE);
  const pager = [
    number > 1 ? `<li class="previous"><a href="${catalogue}page-${number - 1}.html">previous</a></li>` : '',
    `<li class="current">Page ${number} of ${pages}</li>`,
    number < pages ? `<li class="next"><a href="${catalogue}page-${number + 1}.html">next</a></li>` : '',
  ];
  return page(
    'All products',
    root,
    `<div class="page-header action"><h1>All products</h1></div>
    <form method="get" class="form-horizontal"><strong>${books.length}</strong> results.</form>
    <section><ol class="row">${shown.map((book) => pod(book, root, catalogue)).join('')}</ol>
    <div><ul class="pager">${pager.join('\n')}</ul></div></section>`,
  );
}

export function bookPage(book: StockedBook): string {
  const { title, category, description, upc, stock } = book;
  const rows = [
    ['UPC', upc],
    ['Product Type', 'Books'],
    ['Price (excl. tax)', `£${book.price.toFixed(2)}`],
    ['Price (incl. tax)', `£${book.price.toFixed(2)}`],
    ['Tax', '£0.00'],
    ['Availability', `In stock (${stock} available)`],
    ['Number of reviews', '0'],
  ];
  return page(
    title,
    '../../',
    `<ul class="breadcrumb">
    <li><a href="../../index.html">Home</a></li>
    <li><a href="../category/books_1/index.html">Books</a></li>
    <li><a href="../category/books/${slug(category)}/index.html">${escape(category)}</a></li>
    <li class="active">${escape(title)}</li>
</ul>
<article class="product_page">
    <div class="row">
        <div id="product_gallery" class="carousel"><div class="item active">
            <img src="../../${imageOf(book, 'large')}" alt="${escape(title)}" />
        </div></div>
        <div class="col-sm-6 product_main">
            <h1>${escape(title)}</h1>
            ${price(book.price)}
            <p class="instock availability">
    <i class="icon-ok"></i>

        In stock (${stock} available)

</p>
            ${stars(book.rating)}
        </div>
    </div>
    ${description === null ? '' : `<div id="product_description" class="sub-header"><h2>Product Description</h2></div>\n    <p>${escape(description)}</p>`}
    <div class="sub-header"><h2>Product Information</h2></div>
    <table class="table table-striped">
        ${rows.map(([name, value]) => `<tr><th>${name}</th><td>${escape(value)}</td></tr>`).join('\n        ')}
    </table>
</article>`,
  );
}
