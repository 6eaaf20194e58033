"""Appends four rows of every type as deltalake does, once or in several commits: append_every_type.py <folder> <first id> [commits]"""

import sys
from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
from answer import answer
from deltalake import DeltaTable, write_deltalake

folder, first = sys.argv[1], int(sys.argv[2])
commits = int(sys.argv[3]) if len(sys.argv) > 3 else 1

item = pa.struct([("v", pa.float64()), ("y z", pa.list_(pa.string()))])
SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("flag", pa.bool_()),
        ("tiny", pa.int8()),
        ("small", pa.int16()),
        ("whole", pa.int32()),
        ("single", pa.float32()),
        ("double", pa.float64()),
        ("money", pa.decimal128(10, 2)),
        ("exact", pa.decimal128(38, 9)),
        ("words", pa.string()),
        ("bytes", pa.binary()),
        ("day", pa.date32()),
        ("moment", pa.timestamp("us", tz="UTC")),
        ("local", pa.timestamp("us")),
        ("list", pa.list_(item)),
        ("map", pa.map_(pa.string(), pa.decimal128(20, 4))),
        ("city", pa.string()),
        ("local_part", pa.timestamp("us")),
    ]
)
VALUES = [
    (True, -128, -(2**15), -(2**31), 0.5, 0.1, Decimal("-12345678.90"), Decimal("-1.123456789"), 'São "Paulo"\n\t\'😀\'\\', b"\xaa\x00"),
    (False, 127, 2**15 - 1, 2**31 - 1, float("inf"), float("nan"), Decimal("0.01"), Decimal(10) ** 28, "", b""),
    (None, 0, 0, 0, -0.0, float("-inf"), Decimal(0), Decimal(0), "it's 100% a/b", "é".encode()),
    (None,) * 10,
]
TIMES = [
    (date(1582, 10, 15), datetime(1969, 12, 31, 23, 59, 59, 999999, timezone.utc), datetime(1960, 2, 29, 1, 2, 3, 4)),
    (date(1969, 12, 31), datetime(1, 1, 1, tzinfo=timezone.utc), datetime(9000, 12, 31, 23, 59, 59, 999999)),
    (date(9999, 12, 31), datetime(9999, 12, 31, 23, 59, 59, 999999, timezone.utc), datetime(1970, 1, 1)),
    (None, None, None),
]
NESTED = [
    ([{"v": 1.5, "y z": ["é", None]}, None], [("k é", Decimal("-0.0001"))], "São Paulo", datetime(1969, 7, 20, 20, 17, 40, 1)),
    ([], [], "a/b=c%20d e", datetime(2024, 2, 29)),
    ([{"v": None, "y z": None}], [("", None)], "'x' \"y\"", None),
    (None, None, None, datetime(2024, 2, 29)),
]

for commit in range(commits):
    start = first + 4 * commit
    rows = [(start + at, *VALUES[at], *TIMES[at], *NESTED[at]) for at in range(4)]
    data = pa.Table.from_pylist([dict(zip(SCHEMA.names, row)) for row in rows], schema=SCHEMA)
    write_deltalake(folder, data, mode="append", partition_by=["city", "local_part"])
answer({"version": DeltaTable(folder).version()})
