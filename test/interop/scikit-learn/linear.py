"""linear.py FOLDER: fits scikit-learn's linear models on the columns in FOLDER and prints how they predict the test rows.

x.bin holds float64 row-major, city.bin a category a row, y.bin the target of every row, task.json the rest.
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

folder = pathlib.Path(sys.argv[1])
task = json.loads((folder / "task.json").read_text())
numbers = np.fromfile(folder / "x.bin").reshape(-1, task["features"])
city = np.fromfile(folder / "city.bin").astype(int)
y = np.fromfile(folder / "y.bin")
rows = task["training_rows"]
kind, params = task["estimator"], task["params"]

if kind == "polynomial_regression":
    model = make_pipeline(PolynomialFeatures(params["degree"], include_bias=False), StandardScaler(), LinearRegression())
    x = numbers
else:
    # As ours: numbers in standard deviations, a column of zeros and ones for each category.
    x = np.hstack([StandardScaler().fit(numbers[:rows]).transform(numbers), np.eye(city.max() + 1)[city]])
    alpha = params.get("alpha")
    weights = {int(k): v for k, v in params["class_weight"].items()} if "class_weight" in params else None
    model = dict(
        linear_regression=lambda: LinearRegression(),
        ridge=lambda: Ridge(alpha=alpha),
        lasso=lambda: Lasso(alpha=alpha * y[:rows].std(), tol=1e-12, max_iter=100_000),
        logistic_regression=lambda: LogisticRegression(C=1 / alpha, tol=1e-12, max_iter=10_000, class_weight=weights),
    )[kind]()
model.fit(x[:rows], y[:rows])
if kind == "logistic_regression":
    print(json.dumps(dict(answer=model.predict_proba(x[rows:]).ravel().tolist(), zeros=0)))
else:
    zeros = int((model.coef_ == 0).sum()) if kind == "lasso" else 0
    print(json.dumps(dict(answer=model.predict(x[rows:]).tolist(), zeros=zeros)))
