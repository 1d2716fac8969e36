"""A reading held against what was expected: field by field, pure and without a clock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from apps.domain.language import Claim, DraftSpecification, Status
from apps.strategies.adapters.amounts import contains_value, plain
from apps.strategies.evaluation.canonical import Read, canonical
from apps.strategies.evaluation.gold import Expected, ExpectedClaim, ExpectedField

Outcome = Literal["right", "wrong", "unread", "invented", "asked", "not_asked"]
_DAYS = {"days": 1, "weeks": 5, "months": 21, "years": 252}
_UNSAID: dict[str, set[Any]] = {"weights": {"equal", "equal_universe"}, "skip": {0}, "exit_threshold": {0}}
"""What the language does when nobody says anything: not held against a reader where the document is silent."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one field of one document; `status_agrees` and `quote` only where it was read."""

    field: str
    outcome: Outcome
    expected: Any = None
    read: Any = None
    status_agrees: bool | None = None
    holds_value: bool | None = None
    """Whether the quote of a stated value was found in the document and contains the value."""
    same_place: bool | None = None
    """Whether that quote and the expected one share words of the same passage."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, wrongly read or invented, and left unread, over some results."""

    n_right: int = 0
    n_wrong: int = 0
    n_unread: int = 0

    @property
    def precision(self) -> float | None:
        """Of what was read, how much is right; None when nothing was read."""
        read = self.n_right + self.n_wrong
        return self.n_right / read if read else None

    @property
    def recall(self) -> float | None:
        """Of what was there, how much was read rightly; None when nothing was there."""
        there = self.n_right + self.n_unread
        return self.n_right / there if there else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of the two, written so that zero right gives zero."""
        total = 2 * self.n_right + self.n_wrong + self.n_unread
        return 2 * self.n_right / total if total else None


@dataclass(frozen=True, slots=True)
class Score:
    """Every result over some documents."""

    n_documents: int
    results: tuple[Result, ...] = field(repr=False)

    @property
    def counts(self) -> Counts:
        """Over all fields."""
        return counts_of(self.results)

    @property
    def by_field(self) -> dict[str, Counts]:
        """By field, the most frequent first."""
        order = Counter(r.field for r in self.results)
        return {name: counts_of(r for r in self.results if r.field == name) for name, _ in order.most_common()}

    @property
    def abstention(self) -> float | None:
        """Of what the document leaves open, how much the reader asks about."""
        return _share([r.outcome == "asked" for r in self.results if r.outcome in {"asked", "not_asked"}])

    @property
    def quote_precision(self) -> float | None:
        """Of the stated values, how many have a located quote that contains the value."""
        return _share([r.holds_value for r in self.results if r.holds_value is not None])

    @property
    def same_place(self) -> float | None:
        """Of the quotes of rightly read values, how many share the passage that was expected."""
        return _share([r.same_place for r in self.results if r.same_place is not None])

    @property
    def status_agreement(self) -> float | None:
        """Of rightly read values, how many have the expected status."""
        return _share([r.status_agrees for r in self.results if r.status_agrees is not None])


def counts_of(results: Iterable[Result]) -> Counts:
    """A wrong value is both wrongly read and unread; a question where a value stood is unread."""
    outcomes = Counter(result.outcome for result in results)
    wrong = outcomes["wrong"] + outcomes["invented"] + outcomes["not_asked"]
    return Counts(outcomes["right"], wrong, outcomes["unread"] + outcomes["wrong"])


def score(read: Sequence[tuple[Expected, tuple[DraftSpecification, ...]]], *, universe: int) -> Score:
    """Readings against what was expected. `universe` is how many instruments the widest data set has."""
    results = [result for expected, drafts in read for result in of_document(expected, drafts, universe=universe)]
    return Score(len(read), tuple(results))


def of_document(expected: Expected, drafts: tuple[DraftSpecification, ...], *, universe: int) -> tuple[Result, ...]:
    """The results of one document: the first draft field by field; every further one is an invented strategy."""
    extra = tuple(Result("kind", "invented", read=draft.meta.name) for draft in drafts[1:])
    if not expected.is_strategy:
        if not drafts:
            return (Result("kind", "right", expected="none", read="none"),)
        return (Result("kind", "wrong", expected="none", read=drafts[0].meta.name), *extra)
    said = canonical(drafts[0]) if drafts else {}
    claims = drafts[0].claims if drafts else []
    names = [*expected.fields, *(name for name in said if name not in expected.fields)]
    fields = [_field(name, expected.fields.get(name), said.get(name), universe) for name in names]
    return (*(r for r in fields if r is not None), *_claims(expected.claims, claims), *extra)


def same_value(wanted: ExpectedField, read: Read, universe: int) -> bool:
    """Whether two values mean the same: lengths in trading days, a share of the universe as a number of it."""
    value, unit = read.value, read.unit
    if wanted.unit in _DAYS and unit in _DAYS and isinstance(value, int | float):
        return bool(round(wanted.value * _DAYS[wanted.unit]) == round(value * _DAYS[unit]))
    if wanted.value == "described":
        return (
            _overlap(read.parameter.citation.quote, wanted.quote)
            if read.parameter and read.parameter.citation
            else False
        )
    if isinstance(value, list):
        return value == [wanted.value]
    if isinstance(value, int | float) and isinstance(wanted.value, int | float):
        if wanted.unit == "fraction" and unit == "count":
            return bool(round(wanted.value * universe) == value)
        return bool(abs(value - wanted.value) <= 1e-6 * max(1.0, abs(wanted.value)))
    return bool(value == wanted.value)


def _field(name: str, wanted: ExpectedField | None, read: Read | None, universe: int) -> Result | None:
    is_read = read is not None and read.value is not None and read.status not in {Status.ASSUMED, Status.MISSING}
    if wanted is None:
        if read is None or not is_read or _is_unsaid(name, read.value):
            return None
        return Result(name, "invented", read=read.value, holds_value=_holds(read))
    if wanted.status == "missing":
        asked = read is not None and read.status is Status.MISSING
        return Result(name, "asked" if asked else "not_asked", read=read.value if read else None)
    if read is None or not is_read:
        return Result(name, "unread", expected=wanted.value)
    if not same_value(wanted, read, universe):
        return Result(name, "wrong", expected=wanted.value, read=read.value, holds_value=_holds(read))
    citation = read.parameter.citation if read.parameter else None
    return Result(
        name,
        "right",
        expected=wanted.value,
        read=read.value,
        status_agrees=read.status.value == wanted.status if read.status else None,
        holds_value=_holds(read),
        same_place=_overlap(citation.quote, wanted.quote) if citation else None,
    )


def _is_unsaid(name: str, value: Any) -> bool:
    if name == "universe":
        return True  # which instruments: a choice of the data set where the text names none
    return not isinstance(value, list) and value in _UNSAID.get(name, set())


def _holds(read: Read) -> bool | None:
    parameter = read.parameter
    if parameter is None or parameter.status is not Status.STATED or parameter.value is None:
        return None
    citation = parameter.citation
    if citation is None or citation.match == "not located":
        return False
    return contains_value(citation.quote, parameter.value, parameter.unit)


def _claims(wanted: Sequence[ExpectedClaim], read: Sequence[Claim]) -> list[Result]:
    own = [claim for claim in read if not claim.basis.startswith("As the cited")]
    results = []
    for claim in wanted:
        found = next((c for c in own if c.metric == claim.metric and abs(c.value - claim.value) < 1e-9), None)
        if found is None:
            results.append(Result("claim", "unread", expected=f"{claim.metric} {claim.value:g}"))
            continue
        own.remove(found)
        results.append(
            Result("claim", "right", read=f"{claim.metric} {claim.value:g}", same_place=_cites(found, claim))
        )
        if claim.basis is not None:
            results.append(_told("claim basis", claim.basis, _basis(found)))
        years = (found.window_start.year, found.window_end.year) if found.window_start and found.window_end else None
        results.append(_told("claim window", claim.window, years))
    return [*results, *(Result("claim", "invented", read=f"{c.metric} {c.value:g}") for c in own)]


def _told(name: str, wanted: object, read: object) -> Result:
    outcome: Outcome = "unread" if read is None else "right" if read == wanted else "wrong"
    return Result(name, outcome, expected=wanted, read=read)


def _basis(claim: Claim) -> str | None:
    return "net" if "Net of costs" in claim.basis else "gross" if "Gross of costs" in claim.basis else None


def _cites(claim: Claim, wanted: ExpectedClaim) -> bool:
    return claim.citation is not None and _overlap(claim.citation.quote, wanted.quote)


def _overlap(one: str, other: str) -> bool:
    """Whether one passage contains the other, or they share most words of the shorter, in any spacing."""
    a, b = (re.findall(r"\w+", plain(text).lower()) for text in (one, other))
    if not a or not b:
        return False
    if f" {' '.join(b)} " in f" {' '.join(a)} " or f" {' '.join(a)} " in f" {' '.join(b)} ":
        return True
    shared = sum((Counter(a) & Counter(b)).values())
    return shared >= 0.8 * min(len(a), len(b))


def _share(outcomes: Sequence[bool]) -> float | None:
    return sum(outcomes) / len(outcomes) if outcomes else None
