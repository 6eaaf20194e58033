/*---
name: gold.book_stats
description: What the shop has of each category
keys: [category]
columns:
  avg_price: Pounds
  min_price: Pounds
  max_price: Pounds
  stock: Copies that are left
expectations:
  - unique: [category]
  - not_null: [category, count, avg_price]
---*/
select
  category,
  count(*) as count,
  avg(price) as avg_price,
  min(price) as min_price,
  max(price) as max_price,
  avg(rating) as avg_rating,
  sum(stock) as stock
from silver.books
group by category
