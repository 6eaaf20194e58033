"""forest.py FOLDER: fits scikit-learn's forests on the columns in FOLDER and prints how they predict the test rows.

x.bin holds float64 row-major, train.bin and test.bin the row numbers, y.bin the target of every row, task.json the rest.
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import log_loss, r2_score, roc_auc_score, root_mean_squared_error

folder = pathlib.Path(sys.argv[1])
task = json.loads((folder / "task.json").read_text())
x = np.fromfile(folder / "x.bin").reshape(-1, task["features"])
y = np.fromfile(folder / "y.bin")
rows = task["training_rows"]
common = dict(n_estimators=100, random_state=1, n_jobs=2, max_features=float(task["max_features"]), min_samples_leaf=task["min_samples_leaf"])
if task["problem"] == "regression":
    forest = RandomForestRegressor(**common).fit(x[:rows], y[:rows])
    answer = forest.predict(x[rows:])
    metrics = dict(r2=r2_score(y[rows:], answer), rmse=root_mean_squared_error(y[rows:], answer))
    answer = answer.tolist()
else:
    weights = {int(k): v for k, v in task["class_weight"].items()} if task["class_weight"] else None
    forest = RandomForestClassifier(class_weight=weights, **common).fit(x[:rows], y[:rows])
    answer = forest.predict_proba(x[rows:])
    several = answer.shape[1] > 2
    metrics = dict(roc_auc=roc_auc_score(y[rows:], answer if several else answer[:, 1], multi_class="ovr"), log_loss=log_loss(y[rows:], answer))
    answer = answer.ravel().tolist()
print(json.dumps(dict(metrics=metrics, importances=forest.feature_importances_.tolist(), answer=answer)))
