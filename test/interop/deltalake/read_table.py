"""What deltalake sees in a table: read_table.py <folder> [version]"""

import json
import sys

from answer import answer
from deltalake import DeltaTable

table = DeltaTable(sys.argv[1], version=int(sys.argv[2]) if len(sys.argv) > 2 else None)
protocol = table.protocol()

answer(
    {
        "version": table.version(),
        "protocol": [protocol.min_reader_version, protocol.min_writer_version],
        "description": table.metadata().description,
        "columns": [
            {"name": field["name"], "type": field["type"], "comment": field["metadata"].get("comment")}
            for field in json.loads(table.schema().to_json())["fields"]
        ],
        "rows": table.to_pyarrow_table().to_pylist(),
        "history": [
            {"version": commit["version"], "operation": commit["operation"], "lab": commit.get("lab")}
            for commit in table.history()
        ],
    }
)
