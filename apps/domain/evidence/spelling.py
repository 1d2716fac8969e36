"""What two spellings of one sentence have in common, and what a sentence hinges on.

A quote is compared with a page after typesetting is taken away: spacing, hyphens at line ends, ligatures, the shapes of
dashes and quotation marks. What stays are letters, figures with their signs, and punctuation, without spaces, so that it
does not matter where a line or a page ended. A hinge is a word that turns a sentence's meaning: a figure, a unit, a
negation, a direction. A sentence that says 12 where the quote says 10 is another sentence, however alike the two look.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_EDGE = "\ue000"  # between two words of a page; private to this module, and taken for a space
_GAP = "\ue001"  # between two figures that are not one
_SPACE = rf"[\s{_EDGE}]"
_LETTER = r"[^\W\d_]"

_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\ufeff\ue000\ue001"))
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d"), "-")
_QUOTES = dict.fromkeys(
    map(ord, "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033\u02bc\u00ab\u00bb\u2039\u203a")
)
_RAISED = {
    ord(raised): f"^{n}" for n, raised in enumerate("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
}
_PARTS = {ord("\u00bd"): " 1/2", ord("\u00bc"): " 1/4", ord("\u00be"): " 3/4", ord("\u2044"): "/"}
_MARKS = _UNSEEN | _DASHES | _QUOTES | _RAISED | _PARTS

_SOFT_BREAK = re.compile(r"\u00ad\s*")
_REPEATED_DASH = re.compile(rf"-(?={_SPACE}*-)")
_BROKEN_WORD = re.compile(rf"(?<={_LETTER})-({_SPACE}*)(?={_LETTER})")
_JOINING_DASH = re.compile(rf"(?<={_LETTER})-|-(?!{_SPACE}*[.,]?\d)")
_RANGE = re.compile(rf"(?<=\d)({_SPACE}*)-({_SPACE}*)(?=\d)")
_TWO_FIGURES = re.compile(rf"(?<=\d)([.,;:]?)({_SPACE}+)(?=[.,]?\d)")
_AROUND = re.compile(rf"^(?:{_GAP}|[(\[{{,;:!?])+|^\.(?!\d)|[.,;:!?)\]}}]+$")
_ENDS = re.compile(r"^(?:\.{2,}|[\u2022*\u00b7:;,])+|[.,;:!?\u2022*]+$")

_REVERSING = frozenset({"non", "un", "anti", "counter"})
_REVERSED = re.compile(rf"(?:^|\W)(?:{'|'.join(sorted(_REVERSING))})-\s?$", re.IGNORECASE)

_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_FIGURE = (
    r"(?:(?<!\w)-)?(?:\d+(?:[.,/]\d+)*|(?<!\w)\.\d+)%?"
    rf"|\b(?:(?:{_TENS})(?:{_ONES}|{_SPACE}*(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth))?|{_TEENS}|{_ONES}|zero|half|hundred|thousand|million|billion|trillion)"
)
_UNIT = r"day|dail|week|month|quarter|year|annu|decade|hour|minute|percent|basis|point|bps?\b|decile|quintile|quartile|tercile|median|mean"
_TURN = (
    r"\b(?:(?:not|no|nor|non|none|cannot|cant|dont|doesnt|isnt|arent|wasnt|werent|wont|unless|except|only|but|if|long|short|over|under|top|up|down|"
    r"net|more|less|most|least|big|all|any|with|without|in|out|on|off|open|opens|mean|first|last|rise|rises|rose|fall|falls|fell|and|or)\b|"
    r"never|neither|nothing|hardly|rarely|buy|bought|sell|sold|purchas|above|below|bottom|high|low|before|after|prior|gross|fewer|larg|small|always|"
    r"positive|negative|close|enter|exit|strong|weak|best|worst|winner|loser|increas|decreas|maxim|minim|exceed|outperform|underperform|includ|exclud|"
    r"simpl|exponential|equal|geometric|arithmetic|long|short)"
)
_HINGE = re.compile(rf"{_FIGURE}|{_UNIT}|{_TURN}")


def normalise(text: str) -> str:
    """The text without what typesetting adds, and without spaces, but for one between two figures."""
    return "".join(tokens(text))


def tokens(text: str) -> list[str]:
    """The normalised words of a quote."""
    return _plain(_SOFT_BREAK.sub("", text).replace(_EDGE, " ")).split()


def trimmed(normal: str) -> str:
    """A normalised quote without the punctuation around it: the dots that say that it was cut, the full stop at its end."""
    return _ENDS.sub("", normal)


def inner(token: str) -> str:
    """A normalised word without the punctuation around it; signs, points and per cent signs of a figure stay."""
    return _AROUND.sub("", token)


@lru_cache(maxsize=65536)
def hinges(token: str) -> tuple[str, ...]:
    """The figures, units, negations and directions in a normalised word, in order."""
    return tuple(found[0].strip(_GAP) for found in _HINGE.finditer(token))


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no word or number is cut in two at either end: 10 does not stand in 100, nor in 10.5, nor in -10, nor in 10%,
    and stationary not in non-stationary."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    first, last = text[start : start + 1], text[end - 1 : end]
    if (before[-1:].isalnum() and first.isalnum()) or _REVERSED.search(text[max(0, start - 7) : start]):
        return False
    if after[:1].isalnum() and last.isalnum():
        return False
    if (first.isdigit() or (first == "." and text[start + 1 : start + 2].isdigit())) and _continues_number(before):
        return False
    if not last.isdigit():
        return True
    return after[:1] != "%" and not (len(after) == 2 and after[0] in ".," and after[1].isdigit())


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
    return _joined(list(words), " ")


@dataclass(frozen=True, slots=True)
class Plain:
    """The words of a document normalised: one text without spaces, and which words a line end cut off the one before."""

    spelling: Spelling
    parts: list[str]
    is_rest: list[bool]

    def stands_alone(self, start: int, end: int) -> bool:
        """Whether a stretch begins where a word begins and ends where one ends, and cuts no number in two."""
        return self._begins(start) and self._ends(end)

    def _begins(self, at: int) -> bool:
        word = self.spelling.word_at(at)
        start = self.spelling.starts[word]
        if at > start:
            return stands_alone(self.spelling.text[start : at + 2], at - start, at + 2 - start)
        is_number = self.parts[word].lstrip(".")[:1].isdigit()
        before = self.parts[word - 1] if word else ""
        return not (self.is_rest[word] and before in _REVERSING) and not (is_number and before.endswith("-"))

    def _ends(self, end: int) -> bool:
        word = self.spelling.word_at(end - 1)
        start = self.spelling.starts[word]
        if end < start + len(self.parts[word]):
            return stands_alone(self.parts[word], 0, end - start)
        return True


def without_typesetting(words: Iterable[str]) -> Plain:
    """The words normalised together, so that a word or a range that a line end cut is whole."""
    listed = [word.translate(_UNSEEN_BUT_SOFT) for word in words]
    soft = [word.endswith("\u00ad") for word in listed]
    parts = [re.sub(r"\s+", "", part) for part in _plain(_EDGE.join(listed)).split(_EDGE)] if listed else []
    is_rest = [False] * len(parts)
    for i in range(1, len(parts)):
        broken = listed[i - 1].translate(_DASHES).endswith("-") and parts[i - 1][-1:].isalpha()
        is_rest[i] = bool((broken or soft[i - 1]) and parts[i - 1] and parts[i][:1].isalpha())
    return Plain(_joined(parts, ""), parts, is_rest)


_UNSEEN_BUT_SOFT = {code: None for code in _UNSEEN if code != 0xAD}


def _plain(text: str) -> str:
    """The text normalised, spaces and edges between words kept."""
    kept = text.translate({code: mark for code, mark in _MARKS.items() if code != ord(_EDGE)})
    kept = unicodedata.normalize("NFKC", kept).translate(_DASHES | _QUOTES).casefold()
    kept = _REPEATED_DASH.sub("", kept)
    kept = _BROKEN_WORD.sub(r"\1", kept)
    kept = _JOINING_DASH.sub("", kept)
    kept = _RANGE.sub(r"\1\2-", kept)
    return _TWO_FIGURES.sub(rf"\1\2{_GAP}", kept)


def _joined(parts: list[str], separator: str) -> Spelling:
    starts: list[int] = []
    length = 0
    for part in parts:
        starts.append(length)
        length += len(part) + len(separator)
    return Spelling(separator.join(parts), starts)
