"""Columns with their types and rows as text, of a table as DuckDB's own reader and as deltalake see it: oracle.py <folder> [version]"""

import sys
from pathlib import Path

import duckdb
import duckdb_extension_delta
from answer import answer
from deltalake import DeltaTable

folder = sys.argv[1]
version = int(sys.argv[2]) if len(sys.argv) > 2 else DeltaTable(folder).version()

extensions = Path(duckdb_extension_delta.__file__).parent / "extensions" / f"v{duckdb.__version__}"
connection = duckdb.connect(config={"allow_unsigned_extensions": True})
connection.execute(f"LOAD '{extensions / 'delta.duckdb_extension'}'")
connection.execute("SET TimeZone = 'UTC'")


def seen(relation: str) -> dict:
    columns = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    rows = connection.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (SELECT * FROM {relation} ORDER BY id)").fetchall()
    return {"columns": [[name, type] for name, type, *_ in columns], "rows": rows}


def through_arrow() -> dict | None:
    """deltalake reads no table with deletion vectors or other names for its columns."""
    try:
        connection.register("arrow", DeltaTable(folder, version=version).to_pyarrow_table())
    except Exception:
        return None
    return seen("arrow")


answer({"duckdb": seen(f"delta_scan('{folder}', version = {version})"), "deltalake": through_arrow()})
