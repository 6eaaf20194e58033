"""Appends and merges beside another writer as deltalake does: merge_beside.py <table> <storage options as JSON> <writer> <batches>"""

import json
import sys

import pyarrow as pa
from answer import answer
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

place, options, writer, batches = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])
SCHEMA = pa.schema([("writer", pa.string()), ("batch", pa.int64()), ("n", pa.int64())])
conflicts = 0


def until_committed(change):
    global conflicts
    while True:
        try:
            return change()
        except CommitFailedError:
            conflicts += 1


def merge(batch):
    source = pa.Table.from_pylist(
        [{"writer": "counter", "batch": 0, "n": 1}, {"writer": writer, "batch": batch, "n": 10}], schema=SCHEMA
    )
    merger = DeltaTable(place, storage_options=options).merge(
        source,
        "target.writer = source.writer AND target.batch = source.batch",
        source_alias="source",
        target_alias="target",
    )
    merger.when_matched_update({"n": "target.n + source.n"}).when_not_matched_insert_all().execute()


for batch in range(1, batches + 1):
    rows = pa.Table.from_pylist([{"writer": writer, "batch": batch, "n": 1}], schema=SCHEMA)
    until_committed(lambda: write_deltalake(place, rows, mode="append", storage_options=options))
    until_committed(lambda: merge(batch))
answer({"conflicts": conflicts})
