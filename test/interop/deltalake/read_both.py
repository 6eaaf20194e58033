"""The rows of a table as deltalake and as DuckDB's extension see them: read_both.py <folder> <column to sort by>"""

import sys
from pathlib import Path

import duckdb
import duckdb_extension_delta
from answer import answer
from deltalake import DeltaTable

folder, column = sys.argv[1:3]
table = DeltaTable(folder)

extensions = Path(duckdb_extension_delta.__file__).parent / "extensions" / f"v{duckdb.__version__}"
connection = duckdb.connect(config={"allow_unsigned_extensions": True})
connection.execute(f"LOAD '{extensions / 'delta.duckdb_extension'}'")
connection.execute("SET TimeZone = 'UTC'")
other = connection.execute(f"SELECT * FROM delta_scan('{folder}')").fetch_arrow_table()


def by_column(rows: list[dict]) -> list[dict]:
    return sorted(({name: row[name] for name in sorted(row)} for row in rows), key=lambda row: row[column])


answer(
    {
        "version": table.version(),
        "protocol": [table.protocol().min_reader_version, table.protocol().min_writer_version],
        "deltalake": by_column(table.to_pyarrow_table().to_pylist()),
        "duckdb": by_column(other.to_pylist()),
    }
)
