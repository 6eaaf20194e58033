"""Changes a table as deltalake does: change_table.py <folder> append <rows as JSON> | delete <predicate> | merge <rows as JSON> | optimize"""

import json
import sys

import pyarrow as pa
from answer import answer
from deltalake import DeltaTable, write_deltalake

folder, change = sys.argv[1:3]
table = DeltaTable(folder)
refused = None
try:
    if change == "append":
        data = pa.Table.from_pylist(json.loads(sys.argv[3]), schema=pa.schema(table.schema().to_arrow()))
        write_deltalake(folder, data, mode="append")
    elif change == "delete":
        table.delete(sys.argv[3])
    elif change == "merge":
        data = pa.Table.from_pylist(json.loads(sys.argv[3]), schema=pa.schema(table.schema().to_arrow()))
        merger = table.merge(data, "target.id = source.id", source_alias="source", target_alias="target")
        merger.when_matched_update_all().when_not_matched_insert_all().execute()
    else:
        table.optimize.compact()
except Exception as error:
    refused = str(error)
answer({"version": DeltaTable(folder).version(), "refused": refused})
