/*---
name: silver.vendas
description: Sales, each once, with a value
keys: [id]
expectations:
  - not_null: [categoria, regiao]
    on_fail: quarantine
---*/
select
  id,
  clean_text(categoria) as categoria,
  clean_text(regiao) as regiao,
  valor,
  cast(max(_ingested_at) as date) as processed_date
from bronze.vendas
where valor > 0
group by all
