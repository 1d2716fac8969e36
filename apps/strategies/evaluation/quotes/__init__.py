"""How well quotes are found: passages of known place, disturbed in named ways, and quotes that stand nowhere."""

from apps.strategies.evaluation.quotes.run import SEED, evaluate_quotes
from apps.strategies.evaluation.quotes.sources import Source, sources

__all__ = ["SEED", "Source", "evaluate_quotes", "sources"]
