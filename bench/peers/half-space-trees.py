"""half-space-trees.py FOLDER: River's half-space trees as a contender, one JSON request a line on standard input, one JSON answer a line.

FOLDER holds points.bin, float64 row-major with as many columns as features.txt says, between 0 and 1, and truth.bin, one byte a row.
"""
import json
import pathlib
import sys
import time

from array import array

from river.anomaly import HalfSpaceTrees

folder = pathlib.Path(sys.argv[1])
features = int((folder / "features.txt").read_text())
values = array("d", (folder / "points.bin").read_bytes())
points = [dict(enumerate(values[i : i + features])) for i in range(0, len(values), features)]


def run(trees, height, window, rows, judged):
    model = HalfSpaceTrees(n_trees=trees, height=height, window_size=window, seed=1)
    cpu, begin = time.process_time(), time.perf_counter()
    scores = []
    for point in points[:rows]:
        scores.append(model.score_one(point))
        model.learn_one(point)
    return dict(wall=time.perf_counter() - begin, cpu=time.process_time() - cpu, auc=auc(scores, judged))


def auc(scores, judged):
    """The chance that an anomaly has a higher score than another point; as much as half for each tie. Of the rows from `judged` on."""
    truth = (folder / "truth.bin").read_bytes()[judged:]
    scores = scores[judged:]
    ranked = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, i = [0.0] * len(scores), 0
    while i < len(ranked):
        j = i
        while j < len(ranked) and scores[ranked[j]] == scores[ranked[i]]:
            j += 1
        for k in range(i, j):
            ranks[ranked[k]] = (i + j + 1) / 2
        i = j
    positive = [r for r, t in zip(ranks, truth) if t]
    return (sum(positive) - len(positive) * (len(positive) + 1) / 2) / (len(positive) * (len(scores) - len(positive)))


REQUESTS = dict(run=run)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(REQUESTS[request.pop("do")](**request)), flush=True)
