"""Prints what VADER's own authors' program says of each text of a JSON file."""

import json
import sys

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

analyzer = SentimentIntensityAnalyzer()
with open(sys.argv[1], encoding="utf-8") as file:
    texts = json.load(file)
names = {"compound": "compound", "positive": "pos", "neutral": "neu", "negative": "neg"}
scores = [analyzer.polarity_scores(text) for text in texts]
print(json.dumps([{ours: score[theirs] for ours, theirs in names.items()} for score in scores]))
