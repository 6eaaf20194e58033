"""metrics.py FILE: the metrics of scikit-learn for the truth and the outputs of a model in FILE."""
import json
import pathlib
import sys

import numpy as np
from sklearn import metrics

task = json.loads(pathlib.Path(sys.argv[1]).read_text())
truth = np.array(task["truth"])
if task["problem"] == "regression":
    answer = np.array(task["outputs"])
    found = dict(
        rmse=metrics.root_mean_squared_error(truth, answer),
        mae=metrics.mean_absolute_error(truth, answer),
        r2=metrics.r2_score(truth, answer),
    )
else:
    outputs = np.array(task["outputs"]).reshape(len(truth), -1)
    classes = range(outputs.shape[1])
    answer = outputs.argmax(axis=1)
    average = "binary" if len(classes) == 2 else "macro"
    found = dict(
        accuracy=metrics.accuracy_score(truth, answer),
        precision=metrics.precision_score(truth, answer, average=average, zero_division=0),
        recall=metrics.recall_score(truth, answer, average=average, zero_division=0),
        f1=metrics.f1_score(truth, answer, average=average, zero_division=0),
        roc_auc=metrics.roc_auc_score(truth, outputs[:, 1] if len(classes) == 2 else outputs, multi_class="ovr"),
        log_loss=metrics.log_loss(truth, outputs, labels=list(classes)),
    )
print(json.dumps(found))
