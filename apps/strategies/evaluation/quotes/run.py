"""Look up every quote of the set, and count what was found where."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from apps.domain.evidence import Location, QuoteFinder
from apps.strategies.evaluation.quotes.perturb import BLURS, DISTURBANCES, LIES
from apps.strategies.evaluation.quotes.sources import Source, bare, sources

SEED = 20260105
_PER_SOURCE = {"gold": 5, "printed": 24}  # passages of each document
_LONGEST, _SHORTEST = 40, 5
_ORDER = {"true": 0, "blurred": 1, "false": 2}

Group = Literal["true", "blurred", "false"]


@dataclass(frozen=True, slots=True)
class Case:
    """A quote to look for, and the words it is made of; `words` is empty where it stands nowhere."""

    group: Group
    kind: str
    source: Source
    quote: str
    words: frozenset[int]
    page: int | None


@dataclass(slots=True)
class Tally:
    """What became of the quotes of one kind."""

    n: int = 0
    n_right: int = 0
    n_wrong: int = 0

    @property
    def n_unlocated(self) -> int:
        return self.n - self.n_right - self.n_wrong


Outcome = Literal["right", "wrong", "not located"]


def evaluate_quotes(
    *, seed: int = SEED, on_wrong: Callable[[Case, Location, Outcome], None] | None = None
) -> dict[str, Any]:
    """Precision over everything located, and recall of true quotes, by kind. `on_wrong` is told of every miss and mistake."""
    finders = {source.name: QuoteFinder(source.pages) for source in sources()}
    tallies: dict[tuple[Group, str], Tally] = defaultdict(Tally)
    for case in cases(seed=seed):
        location = finders[case.source.name].locate(case.quote, hint_page=case.page)
        outcome = judged(case, location)
        tally = tallies[case.group, case.kind]
        tally.n += 1
        tally.n_right += outcome == "right"
        tally.n_wrong += outcome == "wrong"
        if on_wrong and (outcome == "wrong" or (case.group == "true" and outcome != "right")):
            on_wrong(case, location, outcome)
    return _told(tallies)


def judged(case: Case, location: Location) -> Outcome:
    """Right where exactly the true words are covered; whatever is located of a false quote is wrong."""
    if location.match == "not located":
        return "not located"
    covered = {number for start, end in location.spans for number in range(start, end)}
    return "right" if case.words and covered == case.words else "wrong"


def _told(tallies: dict[tuple[Group, str], Tally]) -> dict[str, Any]:
    true = [tally for (group, _), tally in tallies.items() if group == "true"]
    right, wrong = sum(t.n_right for t in tallies.values()), sum(t.n_wrong for t in tallies.values())
    return {
        "n_documents": len(sources()),
        "n_quotes": sum(tally.n for tally in tallies.values()),
        "precision": round(right / (right + wrong), 4),
        "recall": round(sum(t.n_right for t in true) / sum(t.n for t in true), 4),
        "kinds": [
            {
                "group": group,
                "kind": kind,
                "n": t.n,
                "n_right": t.n_right,
                "n_wrong": t.n_wrong,
                "n_unlocated": t.n_unlocated,
            }
            for (group, kind), t in sorted(tallies.items(), key=lambda pair: _ORDER[pair[0][0]])
        ],
    }


@cache
def cases(*, seed: int = SEED) -> tuple[Case, ...]:
    """Every quote of the set; the same seed gives the same."""
    rng = random.Random(seed)  # noqa: S311 -- the same quotes every time, no secret
    return tuple(case for source in sources() for case in _of(source, rng))


def _of(source: Source, rng: random.Random) -> Iterator[Case]:
    passages = list(_passages(source, rng))
    for first, last in passages:
        words = source.written[first:last]
        page = source.page_at(first) if rng.random() < 0.5 else None
        place = frozenset(number for i in range(first, last) for number in source.places[i])
        kind_of_place = "across pages, " if source.page_at(first) != source.page_at(last - 1) else ""
        for kind, disturb in DISTURBANCES.items():
            name = f"{kind_of_place}{kind}" if kind in {"verbatim", "all together"} else kind
            yield Case("true", name, source, disturb(words, rng), place, page)
        for kind, blur in BLURS.items():
            quote = blur(words, rng)
            if quote:
                yield Case("blurred", kind, source, quote, place, page)
        yield from _lies(source, words, page, rng)
    yield from _foreign(source, passages, rng)


def _lies(source: Source, words: Sequence[str], page: int | None, rng: random.Random) -> Iterator[Case]:
    for kind, lie in LIES.items():
        quote = lie(words, rng)
        if quote and bare(quote) not in source.bare:
            yield Case("false", kind, source, quote, frozenset(), page)


def _foreign(source: Source, passages: Sequence[tuple[int, int]], rng: random.Random) -> Iterator[Case]:
    for (first, last), (other_first, other_last) in pairwise(passages):
        half, other_half = (
            source.written[first : (first + last) // 2],
            source.written[(other_first + other_last) // 2 : other_last],
        )
        joined = " ".join((*half, *rng.choice(((), ("...",), ("\u2026",))), *other_half))
        if abs(first - other_first) > 2 * _LONGEST and bare(joined) not in source.bare:
            yield Case("false", "two passages joined", source, joined, frozenset(), None)
        other = rng.choice(sources())
        start = rng.randrange(len(other.written) - _SHORTEST)
        quote = " ".join(other.written[start : start + rng.randint(_SHORTEST, _LONGEST)])
        if bare(quote) not in source.bare:
            yield Case("false", "of another document", source, quote, frozenset(), None)


def _passages(source: Source, rng: random.Random) -> Iterator[tuple[int, int]]:
    """Stretches of running text that stand once; every second one of a printed document crosses to another page."""
    n = _PER_SOURCE["printed" if len(source.pages) > 1 else "gold"]
    turns = [i for i in range(1, len(source.written)) if source.page_at(i) != source.page_at(i - 1)]
    for k in range(n * 3):
        if n == 0:
            return
        length = min(rng.randint(_SHORTEST, _LONGEST), len(source.written) - 1)
        if turns and k % 2 and source.name.startswith("printed"):
            first = max(0, rng.choice(turns) - rng.randint(1, length - 1))
        else:
            first = rng.randrange(len(source.written) - length)
        last = min(first + length, len(source.written))
        if source.bare.count(bare(" ".join(source.written[first:last]))) == 1:
            n -= 1
            yield first, last
