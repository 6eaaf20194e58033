/*---
name: gold.stock_years
description: What the prices of each stock were in each year
keys: [symbol, year]
columns:
  volatility: 'low below 5 % of the average, medium below 15 %, high'
---*/
with years as (
  select symbol, year(day) as year, count(*) as months, value_statistics(price, null::double) as prices
  from silver.stocks
  group by all
)
select
  symbol,
  year,
  months,
  prices.average,
  prices.highest,
  prices.lowest,
  prices.deviation,
  prices.median,
  prices.volatility
from years
order by symbol, year
