/*---
name: gold.book_stats
description: What the shop has of each category, in sums and counts from which those of the whole shop follow
keys: [category]
columns:
  avg_price: Pounds
  min_price: Pounds
  max_price: Pounds
  stock: Copies that are left
  total_price: Pounds, exact to the penny
  total_rating: Stars of all books together
  rating_1: Books with one star
expectations:
  - unique: [category]
  - not_null: [category, count, avg_price]
  - sql: { condition: rating_1 + rating_2 + rating_3 + rating_4 + rating_5 = count, name: every_book_has_a_rating }
---*/
-- Sums of decimals are the same in whatever order an engine adds; those of doubles are not.
select
  category,
  count(*) as count,
  cast(sum(cast(price as decimal(12, 2))) as double) / count(*) as avg_price,
  min(price) as min_price,
  max(price) as max_price,
  avg(rating) as avg_rating,
  cast(sum(stock) as bigint) as stock,
  cast(sum(cast(price as decimal(12, 2))) as double) as total_price,
  cast(sum(rating) as bigint) as total_rating,
  count(case when rating = 1 then 1 end) as rating_1,
  count(case when rating = 2 then 1 end) as rating_2,
  count(case when rating = 3 then 1 end) as rating_3,
  count(case when rating = 4 then 1 end) as rating_4,
  count(case when rating = 5 then 1 end) as rating_5
from silver.books
group by category
