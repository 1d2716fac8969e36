"""Nearly the same words: where a quote stands that was misspelt, or lost or gained a word on the way.

Words are aligned with words. Two that differ must be spellings of one another; a word that only one side has must not be a
hinge (a figure, a unit, a negation, a direction). So a sentence of another meaning has no alignment at all, however alike it
looks letter by letter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from apps.domain.evidence.spelling import Plain, hinges, inner, tokens

_SAME_WORD = 80.0  # of 100: monthly and month, portfollio and portfolio; not increase and decrease (75)
_SHORT = 3  # letters
_LEAST_SCORE = 0.85
_LEAST_VOTES = 0.4  # of the words looked up, that a stretch must hold before it is aligned
_MISSING = 0.1  # of a quote's letters: may be left out or put in
_COMMON = 400  # a word that stands more often than this tells nothing about where
_CANDIDATES = 4
_MOST_TOKENS = 250
_NEVER = float("inf")
_Cell = tuple[float, int]  # what a stretch costs that ends here, and where it begins
_NOWHERE: _Cell = (_NEVER, 0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words `first` to `last`, both included, and how like the quote they are: 0 to 1."""

    first: int
    last: int
    score: float


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    first: int
    last: int


class NearlyFinder:
    """The words of one document, indexed to find stretches that are nearly a quote."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain

    @cached_property
    def _tokens(self) -> list[_Token]:
        """Whole words: what a line end cut is put together."""
        found: list[_Token] = []
        for i, part in enumerate(self._plain.parts):
            if self._plain.is_rest[i] and found:
                found[-1] = _Token(found[-1].text + part, found[-1].first, i)
            elif part:
                found.append(_Token(part, i, i))
        return [_Token(inner(token.text), token.first, token.last) for token in found]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for i, token in enumerate(self._tokens):
            places[token.text].append(i)
        return places

    def find(self, quote: str) -> list[Stretch]:
        """The stretches that are nearly the quote, the best first."""
        wanted = [text for text in map(inner, tokens(quote)) if text]
        if not 2 <= len(wanted) <= _MOST_TOKENS:
            return []
        found = (self._aligned(wanted, at) for at in self._candidates(wanted))
        return sorted((s for s in found if s is not None), key=lambda s: (-s.score, s.first))

    def _candidates(self, wanted: Sequence[str]) -> list[int]:
        """Where the quote may begin: every word votes for the places that its own places point to."""
        width = 2 + len(wanted) // 8
        votes: Counter[int] = Counter()
        n_asked = 0
        for i, text in enumerate(wanted):
            places = self._places.get(text, ())
            if len(places) > _COMMON:
                continue
            n_asked += 1
            votes.update({(place - i) // width for place in places})
        both = Counter({bucket: n + votes.get(bucket + 1, 0) for bucket, n in votes.items()})
        best: list[int] = []
        for bucket, n in sorted(both.items(), key=lambda pair: (-pair[1], pair[0])):
            if n < _LEAST_VOTES * n_asked or len(best) == _CANDIDATES:
                break
            if all(abs(bucket - other) > 1 for other in best):
                best.append(bucket)
        return [bucket * width for bucket in best]

    def _aligned(self, wanted: Sequence[str], at: int) -> Stretch | None:
        room = 6 + len(wanted) // 3
        low = max(0, at - room)
        there = self._tokens[low : at + len(wanted) + room]
        if Counter(_hinges_of(wanted)) - Counter(_hinges_of(token.text for token in there)):
            return None
        span = _best_span(wanted, [token.text for token in there])
        if span is None:
            return None
        covered = there[span[0] : span[1] + 1]
        score = fuzz.ratio(" ".join(wanted), " ".join(token.text for token in covered)) / 100
        return Stretch(covered[0].first, covered[-1].last, score) if score >= _LEAST_SCORE else None


def _hinges_of(words: Iterable[str]) -> list[str]:
    return [hinge for word in words for hinge in hinges(word)]


def is_spelling_of(one: str, other: str) -> bool:
    """Whether two normalised words are one word, misspelt or inflected; never two figures, nor a word and its contrary."""
    if one == other:
        return True
    if any(c.isdigit() for c in one + other) or one.endswith(other) or other.endswith(one):
        return False  # nonstationary is not stationary
    hinge = hinges(one)
    if hinge != hinges(other):
        return False
    if min(len(one), len(other)) <= _SHORT:
        return sorted(one) == sorted(other)  # teh; but do is not to
    return fuzz.ratio(one, other) >= _SAME_WORD


def _best_span(wanted: Sequence[str], there: Sequence[str]) -> tuple[int, int] | None:
    """The stretch of `there` that costs least to turn into `wanted`, counted in letters left out or put in.

    Sellers' algorithm over words: free to begin and to end anywhere, no word changed into another, the first two and the
    last two there, the outermost as they are. What is left out and put in together is at most a tenth of the quote.
    """
    own = [_NEVER if hinges(text) else float(len(text)) for text in wanted]
    other = [_NEVER if hinges(text) else float(len(text)) for text in there]
    alike = {word: {text for text in set(wanted) if is_spelling_of(text, word)} for word in set(there)}
    same = [[text in alike[word] for word in there] for text in wanted]
    n, end = len(wanted), len(there)
    row: list[_Cell] = []
    for i in range(n):
        above, row = row, []
        left = _NOWHERE
        for j in range(end):
            best = _NOWHERE
            if same[i][j]:
                if i:
                    best = above[j - 1] if j else best
                elif wanted[0] == there[j] and j + 1 < end and same[1][j + 1]:  # a stray "the" begins no stretch
                    best = (0.0, j)
            if i and above[j][0] + own[i] < best[0]:
                best = (above[j][0] + own[i], above[j][1])
            if left[0] + other[j] < best[0]:
                best = (left[0] + other[j], left[1])
            row.append(best)
            left = best
        if i == n - 2:
            before_last = row
    ends = [
        (before_last[j - 1][0], j - before_last[j - 1][1], j)
        for j in range(1, end)
        if wanted[-1] == there[j] and same[n - 2][j - 1]
    ]
    cost, length, last = min(ends, default=(_NEVER, 0, 0))
    return (last - length, last) if cost <= _MISSING * sum(map(len, wanted)) else None
