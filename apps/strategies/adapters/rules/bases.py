"""Whether a figure is before or after costs: its own clause says so, or what stands before it, or the document as a whole."""

from __future__ import annotations

import re

from apps.strategies.adapters.reader import DataSet
from apps.strategies.adapters.rules import practice
from apps.strategies.adapters.rules.market import foreign_market
from apps.strategies.adapters.rules.sentences import Document, Sentence

_COSTS = (
    r"(?:(?:all|any|the|trading|transaction|dealing|quoted|these|such) )*(?:costs?|commissions?|fees?|spreads?|charges)"
)
GROSS = re.compile(
    rf"\b(?:gross of|before|ignor\w+|without|excluding) (?:any allowance for )?{_COSTS}\b|\bgross\b(?! profit)|\bno {_COSTS} (?:are|is|were|was) (?:deducted|charged|included)|\b{_COSTS} (?:are|is|were|was) ignored"
)
NET = re.compile(rf"\b(?:net of|after) {_COSTS}\b|\bnet\b(?! asset)")
_PHRASE = re.compile(rf"(?:\b(?:gross of|net of|before|after|without|ignoring) {_COSTS}\b)")
_STYLE = re.compile(
    r"\b(?:low(?:est)?|high(?:est)?|inverse)[- ](?:volatility|vol|beta)\b|\bstandard deviations? from\b"
)
_GENERAL = re.compile(r"\b(?:figures?|numbers?|results?|returns?|they|both|all|throughout|record)\b")
_FIGURE = re.compile(r"\d ?(?:%|per ?cent)|ratio (?:of|is) \d")


def masked(text: str) -> str:
    """The text, as long as before, without the words that name a basis or a style and would be taken for a metric or a cost."""
    for pattern in (_PHRASE, _STYLE):
        text = pattern.sub(lambda match: " " * len(match.group()), text)
    return text


class Bases:
    """The basis of the figures of one document: "net", "gross", or empty where nothing tells."""

    def __init__(self, document: Document, data_set: DataSet | None) -> None:
        self._document = document
        self._data_set = data_set
        self._whole: str | None = None

    def at(self, s: Sentence, place: int) -> str:
        """The basis of the figure at a place of a sentence."""
        near = self._document.sentences[max(0, s.index - 3) : s.index]
        before = [o for o in reversed(near) if o.paragraph == s.paragraph and o.cited == s.cited]
        own = _nearest(s.text, place)
        if own or s.cited:
            return own
        said = next((found for o in before for found in [_last(o.text)] if found), "")
        return said or ("" if foreign_market(s.text, self._data_set) else self.whole)

    def of_table(self, position: int) -> str:
        """The basis of a table's figures: said around it, else that of the document."""
        near = self._document.sentences[max(0, position - 1) : position + 2]
        return next((found for s in near for found in [_last(s.text)] if found), "") or self.whole

    @property
    def whole(self) -> str:
        """What the document says of all its figures, else what follows from the costs that it charges."""
        if self._whole is None:
            self._whole = self._of_document()
        return self._whole

    def _of_document(self) -> str:
        own = [s for s in self._document.body if not s.cited]
        for s in own:
            if _GENERAL.search(s.text) and not _FIGURE.search(s.text) and _last(s.text):
                return _last(s.text)
        charged = [place.value for place in practice.costs([s for s in own if not s.variation])]
        if charged:
            return "net" if any(charged) else "gross"
        return "net" if practice.extra_costs(own) else ""


def _nearest(text: str, place: int) -> str:
    """The basis that a sentence names closest to a place, what stands before it first."""
    found = [(m.start(), word) for word, pattern in (("net", NET), ("gross", GROSS)) for m in pattern.finditer(text)]
    if len({word for _, word in found}) < 2:
        return found[0][1] if found else ""
    after = [f for f in found if f[0] > place and not re.search(r"[,;.]\s|\band\b", text[place : f[0]])]
    before = [f for f in found if f[0] <= place]
    return min(after)[1] if after else max(before)[1] if before else min(found)[1]


def _last(text: str) -> str:
    found = [(m.start(), word) for word, pattern in (("net", NET), ("gross", GROSS)) for m in pattern.finditer(text)]
    return max(found)[1] if found else ""
