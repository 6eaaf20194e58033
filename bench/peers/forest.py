"""forest.py FOLDER: scikit-learn's forest as a contender, one JSON request a line on standard input, one JSON answer a line.

FOLDER holds the tables `train`, `test` and `batch`: <table>.x.bin, float64 row-major, and <table>.y.bin.
"""
import json
import os
import pathlib
import statistics
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics import r2_score

folder = pathlib.Path(sys.argv[1])
features = int((folder / "features.txt").read_text())
forest = None


def table(name):
    return np.fromfile(folder / f"{name}.x.bin").reshape(-1, features), np.fromfile(folder / f"{name}.y.bin")


def timed(work):
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, dict(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


def fit(params):
    global forest
    x, y = table("train")
    # JSON has one kind of number, scikit-learn two meanings: 1.0 is every feature, 1 is one of them.
    if "max_features" in params:
        params["max_features"] = float(params["max_features"])
    forest = RandomForestRegressor(n_jobs=2, **params)
    return timed(lambda: forest.fit(x, y))[1]


def score():
    x, y = table("test")
    return dict(r2=r2_score(y, forest.predict(x)))


def predict():
    x, _ = table("batch")
    return timed(lambda: forest.predict(x))[1]


def row(times):
    """One thread: starting two for one row makes scikit-learn four times slower."""
    x, _ = table("test")
    forest.set_params(n_jobs=1)
    spent = [timed(lambda: forest.predict(x[i : i + 1]))[1]["wall"] for i in range(times)]
    forest.set_params(n_jobs=2)
    return dict(wall=statistics.median(spent))


def memory():
    """The highest resident memory of this process; ru_maxrss would begin with that of the parent."""
    for line in pathlib.Path(f"/proc/{os.getpid()}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return dict(peak=int(line.split()[1]) * 1024)


REQUESTS = dict(fit=fit, score=score, predict=predict, row=row, memory=memory)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(REQUESTS[request.pop("do")](**request)), flush=True)
