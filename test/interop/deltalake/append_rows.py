"""Appends one row to a table as deltalake does: append_rows.py <folder> <id> <name>"""

import sys

import pyarrow as pa
from answer import answer
from deltalake import DeltaTable, write_deltalake

folder, number, name = sys.argv[1:4]
write_deltalake(folder, pa.table({"id": pa.array([int(number)], pa.int64()), "name": [name]}), mode="append")
answer({"version": DeltaTable(folder).version()})
