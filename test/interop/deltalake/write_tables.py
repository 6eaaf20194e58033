"""Writes tables as deltalake does, below a lake's folder: write_tables.py <folder of a layer>"""

import sys
from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
from answer import answer
from deltalake import DeltaTable, write_deltalake

layer = sys.argv[1]


def partitioned() -> None:
    """Partition values with everything that paths escape, rows deleted, a checkpoint in the middle of the log."""
    folder = f"{layer}/partitioned"
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("city", pa.string()),
            ("day", pa.date32()),
            ("moment", pa.timestamp("us", tz="UTC")),
            ("price", pa.decimal128(10, 2)),
        ]
    )
    noon = datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=timezone.utc)

    def append(*rows: tuple) -> None:
        data = pa.Table.from_pylist([dict(zip(schema.names, row)) for row in rows], schema=schema)
        write_deltalake(folder, data, mode="append", partition_by=["city", "day", "moment"])

    append((1, "São Paulo", date(2024, 2, 29), noon, Decimal("1.5")), (2, None, None, None, None))
    append((3, "a/b=c%20d e", date(2024, 2, 29), noon, 2), (4, "it's 100%", date(2024, 3, 1), noon, 3))
    append((5, "São Paulo", date(2024, 2, 29), noon, 5), (6, "gone", date(2024, 3, 1), noon, 6))
    DeltaTable(folder).delete("id = 6")
    DeltaTable(folder).create_checkpoint()
    append((7, "NULL", date(2024, 3, 2), noon, 7))


def evolved() -> None:
    """A column that older files have not, in files whose columns stand in another order."""
    folder = f"{layer}/evolved"
    write_deltalake(folder, pa.table({"id": pa.array([1], pa.int64()), "name": ["first"]}))
    added = pa.table({"colour": ["red"], "id": pa.array([2], pa.int64()), "name": ["second"]})
    write_deltalake(folder, added, mode="append", schema_mode="merge")


def without_zone() -> None:
    """Times without a zone: deltalake asks for the table feature timestampNtz."""
    times = pa.array([datetime(2024, 2, 29, 12, 0)], pa.timestamp("us"))
    write_deltalake(f"{layer}/without_zone", pa.table({"id": pa.array([1], pa.int64()), "moment": times}))


def cleaned() -> None:
    """A log that begins with a checkpoint, because everything before it is gone."""
    folder = f"{layer}/cleaned"
    for number in range(6):
        write_deltalake(
            folder,
            pa.table({"id": pa.array([number], pa.int64())}),
            mode="append",
            configuration={"delta.logRetentionDuration": "interval 0 days", "delta.enableExpiredLogCleanup": "true"},
        )
    table = DeltaTable(folder)
    table.create_checkpoint()
    table.cleanup_metadata()
    write_deltalake(folder, pa.table({"id": pa.array([6], pa.int64())}), mode="append")


def constrained() -> None:
    """A check that other writers have to keep."""
    folder = f"{layer}/constrained"
    write_deltalake(folder, pa.table({"id": pa.array([1], pa.int64())}))
    DeltaTable(folder).alter.add_constraint({"positive": "id > 0"})


for write in (partitioned, evolved, without_zone, cleaned, constrained):
    write()
answer({})
