/*---
name: silver.books
description: The books of the newest scrape; what a page did not tell this time is as it was told last
keys: [id]
columns:
  id: Stays with a book through all scrapes, in the order in which the shop first listed them
  title: Whole, also where the shop's list cuts it
  price: Pounds
  rating: 1 to 5 stars
  image: Of the shop's list
  description: Missing where the shop has none
  tax: Pounds
  stock: Copies that are left
expectations:
  - unique: [id]
  - unique: [url]
  - not_null: [id, title, price, rating, availability, category, url]
  - between: { column: rating, min: 1, max: 5 }
  - between: { column: price, min: 0, max: 10000 }
---*/
with scrapes as (
  select _batch, max(_ingested_at) as scraped_at
  from bronze.books
  group by _batch
),
seen as (
  select books.*, scrapes.scraped_at,
    row_number() over (partition by books.url order by scrapes.scraped_at, books.position) as first,
    row_number() over (
      partition by books.url
      order by case when books.category is null then 1 else 0 end, scrapes.scraped_at desc
    ) as told,
    dense_rank() over (order by scrapes.scraped_at desc, books._batch) as back
  from bronze.books as books
  join scrapes on scrapes._batch = books._batch
),
ids as (
  select url, row_number() over (order by scraped_at, position) as id
  from seen
  where first = 1
),
details as (
  select url, category, description, upc, tax, stock, reviews
  from seen
  where told = 1 and category is not null
)
select
  ids.id, listed.title, listed.price, listed.rating, listed.availability, details.category, listed.image, details.description,
  listed.url, details.upc, details.tax, details.stock, details.reviews, listed.scraped_at
from seen as listed
join ids on ids.url = listed.url
join details on details.url = listed.url
where listed.back = 1
