"""A flow of no-op tasks on the server that PREFECT_API_URL names, once for each line of JSON on standard input."""

import json
import sys
import time

from prefect import flow, task

TASKS = int(sys.argv[1])


@task
def nothing(index: int) -> None:
    return None


@flow
def hundred() -> None:
    # One call after the other: with `map` and a pool of threads the same flow takes three times as long.
    for index in range(TASKS):
        nothing(index)


for _ in sys.stdin:
    begun = time.perf_counter()
    hundred()
    print(json.dumps({"seconds": time.perf_counter() - begun}), flush=True)
