"""text.py FOLDER: weighs the texts of FOLDER/task.json by scikit-learn's TF-IDF, fits a ridge on them, and prints what comes out."""
import json
import pathlib
import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

task = json.loads((pathlib.Path(sys.argv[1]) / "task.json").read_text())
rows = task["training_rows"]
options = {name: task[name] for name in ("min_df", "max_features", "stop_words")}


def weigh(texts):
    """The vectorizer of the training texts, and the weights of all."""
    vectorizer = TfidfVectorizer(**options).fit(texts[:rows])
    return vectorizer, vectorizer.transform(texts).toarray()


_, titles = weigh(task["titles"])
vectorizer, descriptions = weigh(task["descriptions"])
x = np.hstack([titles, np.array(task["sizes"])[:, None], descriptions])
# As ours: numbers in standard deviations.
x = StandardScaler().fit(x[:rows]).transform(x)
model = Ridge(alpha=3).fit(x[:rows], np.array(task["prices"])[:rows])
print(
    json.dumps(
        dict(
            terms=vectorizer.get_feature_names_out().tolist(),
            idf=vectorizer.idf_.tolist(),
            weights=descriptions[rows:].tolist(),
            predictions=model.predict(x[rows:]).tolist(),
        )
    )
)
