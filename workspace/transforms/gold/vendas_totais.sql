/*---
name: gold.vendas_totais
description: What was sold of each categoria in each regiao, the most first
keys: [categoria, regiao]
---*/
select categoria, regiao, sum(valor) as total, count(*) as vendas
from silver.vendas
group by categoria, regiao
order by total desc
