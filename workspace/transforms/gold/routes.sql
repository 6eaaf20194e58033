/*---
name: gold.routes
description: Delays by route and hour of day
keys: [origin, destination, hour]
publish: { key: [origin, destination, hour], indexes: [[destination]] }
columns:
  hour: Hour of the scheduled departure, 0 to 23, UTC
  mean_delay: Minutes
  p90_delay: Minutes that nine of ten flights stay within
  share_late: Share of the flights that are more than 15 minutes late
expectations:
  - unique: [origin, destination, hour]
  - between: { column: share_late, min: 0, max: 1 }
  - between: { column: hour, min: 0, max: 23 }
---*/
select
  origin,
  destination,
  cast(extract(hour from departure) as integer) as hour,
  count(*) as flights,
  avg(delay) as mean_delay,
  quantile_cont(delay, 0.9) as p90_delay,
  avg(case when delay > 15 then 1.0 else 0.0 end) as share_late
from silver.flights
group by origin, destination, extract(hour from departure)
