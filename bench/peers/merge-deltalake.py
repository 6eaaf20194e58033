"""Merges Parquet files into tables as deltalake does: each line of JSON names a table, a source and the key, each answer is its metrics."""

import json
import os
import sys

import pyarrow.parquet as pq
from deltalake import DeltaTable

for line in sys.stdin:
    order = json.loads(line)
    merge = DeltaTable(order["folder"]).merge(
        pq.read_table(order["source"]), "t.event_id = s.event_id", source_alias="s", target_alias="t"
    )
    metrics = merge.when_matched_update_all().when_not_matched_insert_all().execute()
    print(json.dumps(metrics), flush=True)
# The threads of pyarrow now and then abort an interpreter that takes its time to end.
os._exit(0)
