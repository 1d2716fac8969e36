"""The same document in other words and numbers: what a stable reader reads the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from apps.strategies.adapters.amounts import NUMBER_WORDS

_DIGITS = {str(value): word for word, value in NUMBER_WORDS.items() if 2 <= value <= 20}
_WORDS = (
    ("basis points", "bps"),
    ("quintile", "fifth"),
    ("rebalanced", "re-balanced"),
    ("transaction costs", "trading costs"),
    ("Sharpe ratio", "ratio of Sharpe"),
    ("maximum drawdown", "largest drawdown"),
    ("at the end of each month", "at every month-end"),
    ("equally weighted", "held at equal weights"),
    ("purchase price", "entry price"),
    ("sold short", "shorted"),
)
_PERIOD = r"(?=[- ](?:day|week|month|year|quarter)s?\b)"


def reword(text: str) -> str:
    """The text with common synonyms and with lengths in digits turned into words and back."""
    text = re.sub(rf"(?<![\w.])({'|'.join(_NUMERALS)})\b{_PERIOD}", _swap(_NUMERALS), text)
    for word, other in _WORDS[:1] + _WORDS[2:4] + _WORDS[5:]:
        text = text.replace(word, other)
    return text


_NUMERALS = {**_DIGITS, **{word: digits for digits, word in _DIGITS.items()}}


def _swap(table: dict[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda match: table[match.group(1)]
