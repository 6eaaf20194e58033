/*---
name: gold.delay_training
description: 200,000 flights drawn by a seeded hash, with what is known before departure and what became of them
time: departure
targets: [delay, late]
columns:
  distance: Miles
  hour: Hour of the scheduled departure, 0 to 23, UTC
  weekday: 1 (Monday) to 7 (Sunday)
  month: 1 to 12
  origin_lateness: Mean delay in minutes of the flights that left the origin three to six hours before (the three whole hours that ended at least three hours before this one began); missing when there were none
  delay: Minutes later than planned
  late: More than 15 minutes later than planned
  departure: Scheduled departure, UTC
expectations:
  - not_null: [distance, hour, weekday, month, origin, destination, delay, late, departure]
  - in_set: { column: weekday, values: [1, 2, 3, 4, 5, 6, 7] }
  - row_count: { min: 1, max: 200000 }
---*/
with hours as (
  select origin, date_trunc('hour', departure) as hour, sum(delay) as delay, count(*) as flights
  from silver.flights
  group by origin, date_trunc('hour', departure)
),
lateness as (
  select origin, hour, sum(delay) over earlier / sum(flights) over earlier as origin_lateness
  from hours
  window earlier as (
    partition by origin
    order by hour
    range between interval 6 hours preceding and interval 4 hours preceding
  )
),
drawn as (
  select departure, distance, origin, destination, delay
  from silver.flights
  order by md5(concat_ws('|', 'seed 42', departure, origin, destination, distance, delay))
  limit 200000
)
select
  drawn.distance,
  cast(extract(hour from drawn.departure) as integer) as hour,
  cast(extract(isodow from drawn.departure) as integer) as weekday,
  cast(extract(month from drawn.departure) as integer) as month,
  drawn.origin,
  drawn.destination,
  lateness.origin_lateness,
  drawn.delay,
  drawn.delay > 15 as late,
  drawn.departure
from drawn
left join lateness on lateness.origin = drawn.origin and lateness.hour = date_trunc('hour', drawn.departure)
