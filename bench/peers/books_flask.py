"""books_flask.py: Flask and pandas as the predecessor has them: its CSV, the file in BOOKS, is read on each request.

`gunicorn --workers 2 books_flask:app`; answers are compressed for who takes it, by Flask-Compress.
"""
import os

import pandas as pd
from flask import Flask, jsonify, request
from flask_compress import Compress

app = Flask(__name__)
app.config["COMPRESS_ALGORITHM"] = "gzip"
Compress(app)


def load() -> pd.DataFrame:
    return pd.read_csv(os.environ["BOOKS"]).fillna("")


@app.get("/api/v1/books")
def books():
    return jsonify(load().to_dict(orient="records"))


@app.get("/api/v1/books/search")
def search():
    found = load()
    for field in ("title", "category"):
        text = request.args.get(field)
        if text:
            found = found[found[field].str.contains(text, case=False, regex=False)]
    return jsonify(found.to_dict(orient="records"))
