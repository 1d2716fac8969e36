"""Which side of a sort is bought, which is sold short, and how much of it: read clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.domain.language import Status, Unit
from apps.strategies.adapters.amounts import NUMBER, QUANTILES, number_of
from apps.strategies.adapters.rules.sentences import Document, Sentence
from apps.strategies.adapters.rules.settle import Found

_CUT = re.compile(r"[;:,]\s|\b(?:and|while|whereas|but)\b|\((?=\w)")
_BUY = re.compile(
    r"\b(?:buy|buys|bought|buying|long|purchas\w+|own|owns|owned|hold|holds|held|keep|keeps|kept|select(?:s|ed)?|invest\w*|overweight\w*)\b"
)
_SELL = re.compile(r"\b(?:short|shorts|shorted|shorting|sell|sells|selling|sold)\b")
_AFTERWARDS = re.compile(r"\bsold (?:again|after|at the end|when)\b|\bsell(?:s)? (?:it|them|when)\b")
_DENIED = re.compile(
    r"\b(?:no|not|never|nothing|neither|nor|without|none|rather than|instead of|n't)\b[^.;]{0,40}\b(?:short\w*|sold|sell)\b|\blong[- ]only\b"
)
_HIGH = re.compile(
    r"\b(?:top|highest|best(?:[- ]performing)?|strongest|winners?|largest|biggest gainers|upper|greatest|dearest|most)\b(?! recent)"
)
_LOW = re.compile(
    r"\b(?:bottom|lowest|worst(?:[- ]performing)?|weakest|losers?|laggards|smallest|lower|cheapest|least|calmest)\b"
)
_SHARE_WORD = "|".join(QUANTILES)
_EDGE = r"(?:top|bottom|highest|lowest|best|worst|first|last|upper|lower|smallest|largest|extreme|winners?'?|losers?'?|cheapest|calmest)"
_SHARE = re.compile(
    rf"\b{_EDGE}(?:[- ]performing|[- ]ranked)?[- ](?:and (?:the )?{_EDGE} )?(?P<q>{_SHARE_WORD})s?\b|\b(?P<q2>{_SHARE_WORD}) (?:of (?:\w+ )?(?:stocks|shares|firms|names) )?(?:with|having|that has) the (?:\w+ )?(?:highest|lowest|largest|smallest|best|worst)|"
    rf"\b{_EDGE} (?P<v>\d+(?:\.\d+)?|{NUMBER}) ?(?:%|per ?cent\b)|\b(?:into|in) (?P<q3>{_SHARE_WORD})s\b"
)
_THINGS = r"(?:stocks?|shares?|names?|assets?|securities|instruments?|funds?|etfs?|currencies|contracts?|commodities|companies|firms|markets?|countries|sectors|losers|winners|issues)"
_COUNT = re.compile(
    rf"\b(?:the )?(?P<n>{NUMBER}) (?:\w+ )?(?:biggest |worst |best |strongest |weakest )?{_THINGS}(?: of the [\w&. ]{{2,20}})? with the (?:\w+ )?(?:highest|lowest|best|worst|largest|smallest|strongest)|"
    rf"\b(?:the |keep the |hold the )(?P<n2>{NUMBER}) (?:biggest |worst |best |strongest |weakest |highest |lowest |smallest |cheapest )(?:losers|winners|{_THINGS})?|"
    rf"\b(?:top|best|strongest|highest|bottom|worst|weakest|lowest|biggest) (?P<n3>{NUMBER})\b(?! ?(?:%|per ?cent|percent|years?|months?|days?|weeks?))|"
    rf"\b(?:the |own the |hold the |keep the |holds the )(?P<n4>{NUMBER}) (?:best|strongest|highest|lowest|weakest|worst|smallest|cheapest|calmest)\b|"
    rf"\b(?:hold|holds|keep|keeps|buy|buys) (?:the )?(?:best|strongest|worst|weakest) (?P<n5>{NUMBER})\b"
)


@dataclass(frozen=True, slots=True)
class Legs:
    """The legs of a sort: whether the high or the low end is bought, and whether the other is sold."""

    is_high: bool
    has_short: bool
    sentence: Sentence | None


@dataclass(frozen=True, slots=True)
class _Clause:
    sentence: Sentence
    is_long: bool
    is_high: bool


def legs_of(document: Document, *, is_high: bool = True) -> Legs:
    """What the document's own sentences do with either end; `is_high` where they do not say."""
    clauses = [c for s in document.body if not s.cited and not s.variation for c in _clauses(s)]
    longs = [c for c in clauses if c.is_long]
    shorts = [c for c in clauses if not c.is_long]
    if longs:
        high = sum(c.is_high for c in longs)
        is_high = high * 2 > len(longs) if high * 2 != len(longs) else longs[0].is_high
    opposite = [c for c in shorts if c.is_high != is_high]
    if not longs and shorts:
        is_high, opposite = not shorts[0].is_high, shorts
    first = next(iter([*opposite, *longs, *shorts]), None)
    return Legs(is_high, bool(opposite), first.sentence if first is not None else None)


def _clauses(s: Sentence) -> Iterator[_Clause]:
    at = 0
    ends = [*(m.start() for m in _CUT.finditer(s.text)), len(s.text)]
    is_long: bool | None = None
    for end in ends:
        text, at = s.text[at:end], end
        if _DENIED.search(text):
            continue
        high, low = _HIGH.search(text), _LOW.search(text)
        sells = _SELL.search(text) if not _AFTERWARDS.search(text) else None
        buys = _BUY.search(text)
        if sells and (not buys or sells.start() > buys.start()):
            is_long = False
        elif buys:
            is_long = True
        if is_long is None or bool(high) == bool(low) or not (sells or buys):
            continue
        yield _Clause(s, is_long, bool(high))


def sizes(document: Document) -> list[Found]:
    """How many instruments a leg holds, or which share of them."""
    found = [f for s in document.body if not s.cited for f in _of_sentence(s)]
    notes = [s for s in document.body if re.match(r"^(?:\[?\d{1,2}\]|[*†‡])", s.text)]
    amended = [f for f in found if f.sentence in notes and not f.sentence.variation]
    return amended or found


def _of_sentence(s: Sentence) -> Iterator[Found]:
    for match in _SHARE.finditer(s.text):
        groups = match.groupdict()
        word = groups["q"] or groups["q2"] or groups["q3"] or ""
        share = QUANTILES.get(word) or (number_of(groups["v"] or "") or 0) / 100
        if not 0 < share < 1:
            continue
        strength = 1 if groups["q3"] else 3
        note = f"A {word} is {share:.3g} of the instruments." if word else ""
        yield Found(round(share, 12), Unit.FRACTION, s, match.start(), match.end(), strength, Status.STATED, note)
    for match in _COUNT.finditer(s.text):
        value = number_of(next(g for g in match.groups() if g))
        if (
            value
            and value == int(value)
            and not s.text[match.end() :].lstrip().startswith(("trading", "days", "months"))
        ):
            yield Found(int(value), Unit.COUNT, s, match.start(), match.end())


def own(sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that are the document's own rule."""
    return [s for s in sentences if not s.cited and not s.variation]
