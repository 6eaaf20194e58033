"""Reads one result as a stream of Arrow and as Parquet, and tells where the two differ.

compare.py <stream of Arrow> <file of Parquet>
"""

import json
import sys

import duckdb
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet

stream, parquet = sys.argv[1:]
with pyarrow.ipc.open_stream(stream) as reader:
    batches = list(reader)
    ours = pyarrow.Table.from_batches(batches, reader.schema)
ours.validate(full=True)
theirs = pyarrow.parquet.ParquetFile(parquet).read()


def values(table, name):
    """As Python has them; of nanoseconds it knows nothing, which are numbers here."""
    column = table[name]
    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pyarrow.int64())
    return column.to_pylist()


names = ours.schema.names
print(
    json.dumps(
        {
            "rows": ours.num_rows,
            "batches": len(batches),
            "columns": names == theirs.schema.names,
            "types": {
                name: [str(ours.schema.field(name).type), str(theirs.schema.field(name).type)]
                for name in names
                if not ours.schema.field(name).type.equals(theirs.schema.field(name).type)
            },
            # Values such as NaN equal nothing, not even themselves: their texts do.
            "values": [name for name in names if repr(values(ours, name)) != repr(values(theirs, name))],
            "interval": str(ours["an_interval"][0]) if "an_interval" in names else None,
            "polars": polars.from_arrow(ours.select(["an_integer", "a_text"])).height,
            "pandas": len(ours.select(["an_integer", "a_text"]).to_pandas()),
            "duckdb": duckdb.sql("SELECT count(*) FROM ours").fetchone()[0],
        }
    )
)
