"""How well readers read: a gold set of documents, and the measures that hold a reader to it."""

from apps.strategies.evaluation.gold import CATALOGUE, Expected, ExpectedClaim, ExpectedField, gold_set, pages_of
from apps.strategies.evaluation.run import evaluate
from apps.strategies.evaluation.score import Counts, Score, score

__all__ = [
    "CATALOGUE",
    "Counts",
    "Expected",
    "ExpectedClaim",
    "ExpectedField",
    "Score",
    "evaluate",
    "gold_set",
    "pages_of",
    "score",
]
