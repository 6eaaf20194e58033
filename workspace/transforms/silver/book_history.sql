/*---
name: silver.book_history
description: Prices and stocks as they changed from scrape to scrape
keys: [url, scraped_at]
columns:
  price: Pounds
  stock: Copies that were left
expectations:
  - unique: [url, scraped_at]
  - not_null: [url, title, price, scraped_at]
---*/
with scrapes as (
  select _batch, max(_ingested_at) as scraped_at
  from bronze.books
  group by _batch
),
seen as (
  select books.url, books.title, books.price, books.stock, scrapes.scraped_at,
    lag(books.price) over (partition by books.url order by scrapes.scraped_at) as price_before,
    lag(books.stock) over (partition by books.url order by scrapes.scraped_at) as stock_before
  from bronze.books as books
  join scrapes on scrapes._batch = books._batch
)
select url, title, price, stock, scraped_at
from seen
where price_before is null or price <> price_before or stock is distinct from stock_before
