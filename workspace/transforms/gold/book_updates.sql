/*---
name: gold.book_updates
description: What each scrape found to be otherwise than the one before it
keys: [run]
time: scraped_at
columns:
  run: The run that scraped
  books: In the list of the shop
  added: Books that the scrape before did not have
  removed: Books that only the scrape before had
  changed: Books of both whose title, price, rating, availability, category, description or stock moved
expectations:
  - unique: [run]
  - not_null: [run, scraped_at, books]
---*/
with scrapes as (
  select _batch, max(_ingested_at) as scraped_at
  from bronze.books
  group by _batch
),
numbered as (
  select _batch, scraped_at, row_number() over (order by scraped_at, _batch) as number
  from scrapes
),
seen as (
  select books.*, numbered.number
  from bronze.books as books
  join numbered on numbered._batch = books._batch
),
pairs as (
  select
    coalesce(later.number, earlier.number + 1) as number,
    later.url is not null as is_there,
    earlier.url is not null as was_there,
    later.title <> earlier.title or later.price <> earlier.price or later.rating <> earlier.rating
      or later.availability <> earlier.availability as listing_moved,
    -- A page that could not be read tells nothing.
    later.category is not null and earlier.category is not null and (
      later.category <> earlier.category or later.stock is distinct from earlier.stock
      or later.description is distinct from earlier.description
    ) as details_moved
  from seen as later
  full join seen as earlier on earlier.url = later.url and earlier.number = later.number - 1
)
select
  numbered._batch as run,
  numbered.scraped_at,
  count(case when is_there then 1 end) as books,
  count(case when is_there and not was_there then 1 end) as added,
  count(case when was_there and not is_there then 1 end) as removed,
  count(case when is_there and was_there and (listing_moved or details_moved) then 1 end) as changed
from pairs
join numbered on numbered.number = pairs.number
group by numbered._batch, numbered.scraped_at
