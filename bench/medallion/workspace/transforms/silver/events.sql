/*---
name: silver.events
description: Sales, the latest of each id
---*/
select event_id, ts, user_id, product_id, price::decimal(12, 2) as price, quantity, country
from bronze.events
where event_id is not null and price > 0 and quantity > 0
qualify row_number() over (partition by event_id order by ts desc) = 1
