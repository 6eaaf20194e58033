/*---
name: gold.top
description: The ten products of each country that bring most
---*/
select * from (
  select *, row_number() over (partition by country order by revenue desc, product_id) as rank
  from (
    select country, product_id, sum(price::double * quantity) as revenue, count(*) as sales from silver.events group by all
  )
)
where rank <= 10
