"""The same document in other words and numbers: what a stable reader reads the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from apps.strategies.adapters.amounts import NUMBER_WORDS

_DIGITS = {str(value): word for word, value in NUMBER_WORDS.items() if 2 <= value <= 20}
_WORDS = (
    (r"basis points", "bps"),
    (r"quintile", "fifth"),
    (r"decile", "tenth"),
    (r"\brebalanced\b", "re-balanced"),
    (r"\b[Tt]ransaction costs", "trading costs"),
    (r"maximum drawdown", "largest drawdown"),
    (r"at the end of each month", "at every month-end"),
    (r"\b[Ee]very month\b", "each month"),
    (r"\beach quarter\b", "every quarter"),
    (r"equally weighted", "held at equal weights"),
    (r"purchase price", "entry price"),
    (r"\bsold short\b", "shorted"),
    (r"\branked\b", "sorted"),
    (r"\bleaving out\b", "excluding"),
    (r"\bover the (?:past|last|previous)\b", "over the preceding"),
    (r"(\d(?:\.\d+)?)%", r"\1 per cent"),
    (r"\ba year\b", "per annum"),
    (r"\bTreasury bills\b", "T-bills"),
    (r"\b12 months\b", "one year"),
)
_PERIOD = r"(?=[- ](?:day|week|month|year|quarter)s?\b)"


def reword(text: str) -> str:
    """The text with common synonyms and with lengths in digits turned into words and back."""
    text = re.sub(rf"(?<![\w.])({'|'.join(_NUMERALS)})\b{_PERIOD}", _swap(_NUMERALS), text)
    for word, other in _WORDS:
        text = re.sub(word, other, text)
    return text


_NUMERALS = {**_DIGITS, **{word: digits for digits, word in _DIGITS.items()}}


def _swap(table: dict[str, str]) -> Callable[[re.Match[str]], str]:
    return lambda match: table[match.group(1)]
