"""How a script answers the test that runs it: one JSON value on standard output."""

import json
import math
import os
import sys
from typing import NoReturn


def answer(value: object) -> NoReturn:
    json.dump(_plain(value), sys.stdout)
    sys.stdout.flush()
    # The threads of pyarrow now and then abort an interpreter that takes its time to end.
    os._exit(0)


def _plain(value: object) -> object:
    """What JSON has no form for becomes text: integers past 2^53, NaN and infinities, times, decimals, bytes in hex."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > 2**53:
        return str(value)
    if value is None or isinstance(value, (str, int, float)):
        return value
    return str(value)
