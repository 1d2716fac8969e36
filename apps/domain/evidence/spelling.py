"""What two spellings of one sentence have in common, and which figures a sentence holds.

A quote is compared with a page after typesetting is taken away. Figures are read apart, because a sentence that says 12
where the quote says 10 is another sentence, however alike the two look.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

SOFT_HYPHEN = "\u00ad"

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-")
_SINGLE_QUOTES = dict.fromkeys(map(ord, "\u2018\u2019\u201a\u2032"), "'")
_DOUBLE_QUOTES = dict.fromkeys(map(ord, "\u201c\u201d\u201e\u2033\u00ab\u00bb"), '"')
_MARKS = _DASHES | _SINGLE_QUOTES | _DOUBLE_QUOTES
_HYPHEN_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])-\s*(?=[^\W\d_])")
_HYPHEN_BESIDE_DIGIT = re.compile(r"(?<=[^\W_])-\s+(?=[^\W_])")

_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_FIGURE = re.compile(
    r"(?:(?<!\w)-)?(?:\d+(?:[.,]\d+)*|(?<!\w)\.\d+)"
    rf"|\b(?:(?:{_TENS})(?:{_UNITS})?|{_TEENS}|{_UNITS}|zero|half|hundred|thousand|million|billion)"
)


def normalise(text: str) -> str:
    """The text without what typesetting adds: ligatures, typographic marks, case, hyphens between letters, spacing."""
    plain = unicodedata.normalize("NFKC", text.replace(SOFT_HYPHEN, "")).translate(_MARKS)
    joined = _HYPHEN_BESIDE_DIGIT.sub("-", _HYPHEN_BETWEEN_LETTERS.sub("", plain))
    return " ".join(joined.casefold().split())


def figures(normal: str) -> list[str]:
    """The numbers of a normalised text in order, with their signs: digits, and numbers spelled out ("ten-month")."""
    return _FIGURE.findall(normal)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no word or number is cut in two at either end: 10 does not stand in 100, nor in 10.5, nor in -10."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:].isalnum() and text[start : start + 1].isalnum():
        return False
    if after[:1].isalnum() and text[end - 1 : end].isalnum():
        return False
    if text[start : start + 1].isdigit() and _continues_number(before):
        return False
    return not (text[end - 1 : end].isdigit() and len(after) == 2 and after[0] in ".," and after[1].isdigit())


def _continues_number(before: str) -> bool:
    """Whether the two characters before a digit belong to its number: "1.", "1,", a sign, a leading point."""
    if before[-1:] in {".", ","} and before[:-1].isdigit():
        return True
    return before[-1:] in {"-", "\u2212", "."} and not before[:-1].strip("([$\u20ac\u00a3 ")


@dataclass(frozen=True, slots=True)
class Spelling:
    """One spelling of a document as a single text; `starts[i]` is where word i begins."""

    text: str
    starts: list[int]

    def word_at(self, position: int) -> int:
        """The number of the word that covers a position of the text."""
        return bisect_right(self.starts, position) - 1

    def between(self, first: int, last: int) -> str:
        """The text of words `first` to `last`, both included."""
        end = self.starts[last + 1] if last + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[first] : end].strip()


def as_printed(words: Iterable[str]) -> Spelling:
    """The words as they stand, joined by single spaces."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    for word in words:
        starts.append(length)
        parts.append(word)
        length += len(word) + 1
    return Spelling(" ".join(parts), starts)


def without_typesetting(words: Iterable[str]) -> Spelling:
    """The words normalised, and words that a line end broke in two made whole."""
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    soft = False
    for word in words:
        text = normalise(word)
        if text and parts:
            kept, separator = _seam(parts[-1], text, soft=soft)
            length += len(kept) - len(parts[-1]) + len(separator)
            parts[-1] = kept + separator
        starts.append(length)
        if text:
            parts.append(text)
            length += len(text)
        soft = bool(text) and word.endswith(SOFT_HYPHEN)
    return Spelling("".join(parts), starts)


def _seam(before: str, after: str, *, soft: bool) -> tuple[str, str]:
    """What stays of the word before a seam, and what stands in the seam."""
    if soft:
        return before, ""
    if not (before.endswith("-") and before[-2:-1].isalnum() and after[0].isalnum()):
        return before, " "
    return (before[:-1], "") if before[-2].isalpha() and after[0].isalpha() else (before, "")
