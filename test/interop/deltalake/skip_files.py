"""How many files two other readers open for column >= lowest: skip_files.py <folder> <column> <lowest>"""

import re
import sys
from pathlib import Path

import duckdb
import duckdb_extension_delta
import pyarrow.dataset
from answer import answer
from deltalake import DeltaTable

folder, column, lowest = sys.argv[1], sys.argv[2], int(sys.argv[3])

fragments = DeltaTable(folder).to_pyarrow_dataset().get_fragments(filter=pyarrow.dataset.field(column) >= lowest)

extensions = Path(duckdb_extension_delta.__file__).parent / "extensions" / f"v{duckdb.__version__}"
connection = duckdb.connect(config={"allow_unsigned_extensions": True})
connection.execute(f"LOAD '{extensions / 'delta.duckdb_extension'}'")
query = f"""SELECT "{column}" FROM delta_scan('{folder}') WHERE "{column}" >= {lowest}"""
rows = connection.execute(query).fetchall()
plan = connection.execute(f"EXPLAIN ANALYZE {query}").fetchall()[0][1]

answer(
    {
        "deltalake": len(list(fragments)),
        "duckdb": int(re.search(r"Total Files Read: (\d+)", plan).group(1)),
        "values": sorted(value for (value,) in rows),
    }
)
