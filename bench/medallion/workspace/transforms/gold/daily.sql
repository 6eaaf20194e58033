/*---
name: gold.daily
description: Revenue of each day and country
---*/
select ts::date as day, country, count(*) as sales, sum(revenue) as revenue, avg(revenue) as mean, approx_quantile(revenue, 0.9) as p90
from (select ts, country, price::double * quantity as revenue from silver.events)
group by all
