/*---
name: silver.flights
description: Flights, each once, checked, with the city and the state of both airports
time: departure
columns:
  departure: Scheduled departure, UTC
  delay: Minutes later than planned, negative when early
  distance: Miles
  origin: Airport it left from (IATA code)
  destination: Airport it went to (IATA code)
expectations:
  - not_null: [departure, delay, distance, origin, destination]
    on_fail: drop
  - between: { column: delay, min: -120, max: 2000 }
    on_fail: quarantine
  - between: { column: distance, min: 1, max: 6000 }
    on_fail: drop
  - not_null: [origin_city, destination_city]
    on_fail: warn
  - row_count: { min: 1 }
---*/
with flights as (
  select distinct
    cast(date as timestamp with time zone) as departure,
    cast(delay as integer) as delay,
    cast(distance as integer) as distance,
    origin,
    destination
  from bronze.flights
),
airports as (
  select distinct iata, city, state from bronze.airports
)
select
  flights.departure,
  flights.delay,
  flights.distance,
  flights.origin,
  left_from.city as origin_city,
  left_from.state as origin_state,
  flights.destination,
  went_to.city as destination_city,
  went_to.state as destination_state
from flights
left join airports as left_from on left_from.iata = flights.origin
left join airports as went_to on went_to.iata = flights.destination
