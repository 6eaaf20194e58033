/*---
name: silver.stocks
description: Monthly prices, how much they moved, and whether that is unusual for the stock
keys: [symbol, day]
time: day
columns:
  change: Share of the price of the month before
  is_unusual: More than three standard deviations from the mean change of the stock
expectations:
  - not_null: [symbol, day, price]
    on_fail: quarantine
  - between: { column: price, min: 0 }
    on_fail: quarantine
---*/
with moved as (
  select
    clean_text(symbol) as symbol,
    date as day,
    price,
    price / lag(price) over (partition by symbol order by date) - 1 as change
  from bronze.stocks
)
select distinct symbol, day, price, change, is_outlier(change, symbol) as is_unusual from moved
