"""Appends ten rows a commit to a table as deltalake does, and prints the seconds: append-deltalake.py <folder> <commits>"""

import os
import sys
import time

import pyarrow as pa
from deltalake import write_deltalake

folder, commits = sys.argv[1], int(sys.argv[2])
started = time.perf_counter()
for batch in range(commits):
    rows = pa.table({"batch": pa.array([batch] * 10, pa.int64()), "id": pa.array(range(10), pa.int64())})
    write_deltalake(folder, rows, mode="append")
print(time.perf_counter() - started, flush=True)
# The threads of pyarrow now and then abort an interpreter that takes its time to end.
os._exit(0)
