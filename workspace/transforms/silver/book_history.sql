/*---
name: silver.book_history
description: Prices and stocks as they changed from scrape to scrape
keys: [url, scraped_at]
columns:
  price: Pounds
  stock: Copies that were left, as told last where the page of the book could not be read
expectations:
  - unique: [url, scraped_at]
  - not_null: [url, title, price, scraped_at]
---*/
with scrapes as (
  select _batch, max(_ingested_at) as scraped_at
  from bronze.books
  group by _batch
),
told as (
  select books.url, books.title, books.price, books.stock, scrapes.scraped_at,
    count(books.stock) over (partition by books.url order by scrapes.scraped_at) as told
  from bronze.books as books
  join scrapes on scrapes._batch = books._batch
),
seen as (
  select url, title, price, scraped_at, max(stock) over (partition by url, told) as stock
  from told
),
compared as (
  select *,
    lag(price) over (partition by url order by scraped_at) as price_before,
    lag(stock) over (partition by url order by scraped_at) as stock_before
  from seen
)
select url, title, price, stock, scraped_at
from compared
where price_before is null or price <> price_before or stock is distinct from stock_before
