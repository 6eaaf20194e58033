/*---
name: gold.index_days
description: Statistics of each day of the index, over its four prices
keys: [day]
time: day
columns:
  volume: Shares that changed hands
  volatility: 'low below 5 % of the average, medium below 15 %, high'
---*/
with prices as (
  select date as day, unnest([open, high, low, close]) as price, volume / 4 as volume from bronze.sp500
)
select day, unnest(value_statistics(price, volume)) from prices group by day order by day
