"""Numbers as documents write them: digits, words, percentages, basis points, durations, dates."""

# ruff: noqa: E501 -- a pattern is read as one line

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from apps.domain.language import Unit, Value, format_value, trading_days
from apps.strategies.adapters.instruments import names_in

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_WORDS: dict[str, int] = {
    **{word: value for value, word in enumerate(_SMALL)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
}
_UNIT_WORDS = "|".join(sorted(_SMALL, key=len, reverse=True))
_COMPOUND = rf"(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_SMALL[1:10])}))?"
_BELOW_HUNDRED = rf"(?:{_COMPOUND}|{_UNIT_WORDS})"
WORDS = rf"(?:(?:a|{_BELOW_HUNDRED})[- ]hundred(?:(?: and)? {_BELOW_HUNDRED})?|{_BELOW_HUNDRED})"
DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
NUMBER = rf"(?:{DIGITS}|{WORDS})"
PERIOD = r"(?:trading |business |calendar )?(?:days?|weeks?|months?|quarters?|years?)"
PERCENT = r"(?:%|per ?cent\b|percentage points?\b)"
_ANY_NUMBER = re.compile(rf"(?<![\w.])(?:{NUMBER})(?![\d])")
_ONE_PERIOD = re.compile(
    r"\b(?:a|an|the|each|per|most recent|last|latest|previous|past|prior|preceding|trailing|final|current) (?:trading )?(day|week|month|quarter|year)\b"
)
_ZERO = re.compile(r"\b(?:zero|no|none|nil|without|gross|before|ignor\w+|exclud\w+|free|frictionless)\b")
_SIGN = re.compile(r"\b(?:positive|negative|sign|zero)\b")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_MARKS = {ord("\u2018"): "'", ord("\u2019"): "'", ord("\u201c"): '"', ord("\u201d"): '"', 0xA0: " ", 0x202F: " "}
_CHOICE_WORDS = {
    "daily": r"\bda(?:y|ys|ily)\b",
    "weekly": r"\bweek",
    "monthly": r"\bmonth",
    "quarterly": r"\bquarter|\bthree[- ]months?|\b3[- ]months?",
    "yearly": r"\byear|\bannual",
    "next_open": r"\bopen",
    "next_close": r"\bclos",
}


QUANTILES = {
    "decile": 0.1, "tenth": 0.1, "quintile": 0.2, "fifth": 0.2, "quartile": 0.25, "quarter": 0.25, "tercile": 1 / 3, "third": 1 / 3, "half": 0.5,
    "vigintile": 0.05,
}  # fmt: skip
"""What words for equal parts of a ranking mean, by definition."""
_QUANTILE = re.compile(rf"\b({'|'.join(QUANTILES)})s?\b")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in the document's own unit; equal lengths compare by trading days."""

    value: int
    unit: Unit

    @property
    def days(self) -> int:
        return trading_days(self.value, self.unit)


def plain(text: str) -> str:
    """The text with one spelling of dashes, quotes and ligatures; case is kept."""
    return unicodedata.normalize("NFKC", text.replace("\u00ad", "")).translate(_DASHES).translate(_MARKS)


def number_of(text: str) -> float | None:
    """The number that `text` is, in digits or words; None when it is none."""
    text = plain(text).lower().strip()
    if re.fullmatch(DIGITS, text):
        return float(text.replace(",", ""))
    if not re.fullmatch(WORDS, text):
        return None
    total = 0
    for word in re.split(r"[- ]", text):
        if word == "hundred":
            total = 100 * max(total, 1)
        elif word not in {"a", "and"}:
            total += NUMBER_WORDS[word]
    return float(total)


def numbers_in(text: str) -> Iterator[float]:
    """Every number in a text, in digits or words, in order."""
    for match in _ANY_NUMBER.finditer(plain(text).lower()):
        value = number_of(match.group())
        if value is not None:
            yield value


def duration(number: str, period: str) -> Duration | None:
    """ "ten", "months" → 10 months. A quarter is three months. None when it is not a whole number of periods."""
    value = number_of(number)
    word = period.strip().split(" ")[-1].rstrip("s")
    if value is None or value != int(value) or value < 1:
        return None
    if word == "quarter":
        return Duration(3 * int(value), Unit.MONTHS)
    return Duration(int(value), Unit(f"{word}s"))


def quantiles_in(text: str) -> Iterator[float]:
    """The shares that a text names by words for parts: a decile, the top third."""
    return (QUANTILES[match.group(1)] for match in _QUANTILE.finditer(text.lower()))


def contains_value(quote: str, value: Value, unit: Unit) -> bool:
    """Whether a quote says a value: its digits or words, a percentage for a fraction, a name for a symbol."""
    text = plain(quote).lower()
    if isinstance(value, list):
        return bool(value) and set(value) <= names_in(plain(quote))
    if isinstance(value, str):
        return _says(plain(quote), text, value, unit)
    if value == 0:
        return bool(_ZERO.search(text) or _SIGN.search(text)) or 0.0 in numbers_in(text)
    accepted = _spellings(abs(float(value)), unit)
    if unit is Unit.FRACTION and any(abs(share - value) <= 1e-9 for share in quantiles_in(text)):
        return True
    if any(abs(n - wanted) <= 1e-9 * max(1.0, wanted) for n in numbers_in(text) for wanted in accepted):
        return True
    return value == 1 and any(f"{m.group(1)}s" == unit.value for m in _ONE_PERIOD.finditer(text))


def text_of_value(value: Value, unit: Unit) -> str:
    """A value inside a sentence: text in quotation marks, numbers as they are read."""
    said = format_value(value, unit)
    return f"“{said}”" if isinstance(value, str) else said


def _says(quote: str, text: str, value: str, unit: Unit) -> bool:
    if unit is Unit.DATE:
        return value[:4] in text
    if unit is Unit.CHOICE:
        return bool(re.search(_CHOICE_WORDS.get(value, rf"\b{re.escape(value)}\b"), text))
    if unit is Unit.SYMBOL:
        return value in names_in(quote)
    return value.lower() in text


def _spellings(value: float, unit: Unit) -> tuple[float, ...]:
    if unit is Unit.FRACTION:
        return (value, value * 100)
    if unit is Unit.BPS:
        return (value, value / 100)
    if unit is Unit.MONTHS:
        return (value, *((value / 12,) if value % 12 == 0 else ()), *((value / 3,) if value % 3 == 0 else ()))
    if unit is Unit.CURRENCY:
        return (value, value / 1e6, value / 1e3)
    return (value,)
