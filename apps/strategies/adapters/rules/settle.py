"""What sentences say about one parameter, and what is made of it: a value, a contradiction or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.domain.language import Alternative, Citation, DraftParameter, Range, Status, Unit, Value, format_value
from apps.strategies.adapters.amounts import Duration
from apps.strategies.adapters.rules.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Found:
    """One place that gives a value. `strength` is 3 for a rule, 2 for a description, 1 for a mention in passing."""

    value: Value
    unit: Unit
    sentence: Sentence
    start: int
    end: int
    strength: int = 3
    status: Status = Status.STATED
    note: str = ""

    @property
    def citation(self) -> Citation:
        return self.sentence.quote(self.start, self.end)

    @property
    def weight(self) -> int:
        """How much it counts: what others published and other choices count less than the document's own rule."""
        if self.sentence.variation:
            return 0
        return 1 if self.sentence.cited else 1 + self.strength

    @property
    def same_as(self) -> object:
        if isinstance(self.value, int | float) and self.unit in {Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS}:
            return Duration(int(self.value), self.unit).days
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row of the table before anything is known: what to ask, what to assume."""

    label: str
    unit: Unit
    question: str
    choices: tuple[str, ...] = ()
    default: Value | None = None
    note: str = ""
    range_of: Callable[[float], Range | None] = lambda _value: None


def settle(wanted: Wanted, found: Sequence[Found], *, dominant: float = 0.0) -> DraftParameter:
    """The parameter that the places add up to.

    Several values that the document's own rules give are a contradiction, and a question; but when `dominant` is above
    zero, a value with that many times the weight of the next wins. Without a place: the default, or a question.
    """
    if not found:
        return _unsaid(wanted)
    groups = _groups(found)
    own = [g for g in groups if g[0].weight > 1] or [g for g in groups if g[0].weight == 1] or groups[:1]
    if len(own) > 1 and (not dominant or _total(own[0]) < dominant * _total(own[1])):
        return _contradiction(wanted, own)
    best = own[0][0]
    others = [_alternative(g[0]) for g in groups if g is not own[0]]
    return DraftParameter(
        label=wanted.label,
        unit=best.unit,
        status=best.status,
        value=best.value,
        note=best.note,
        citation=best.citation,
        alternatives=others[:6],
        choices=list(wanted.choices),
        range=wanted.range_of(float(best.value)) if isinstance(best.value, int | float) else None,
    )


def assumed(wanted: Wanted, value: Value, note: str, alternatives: Sequence[Alternative] = ()) -> DraftParameter:
    """A parameter with the platform's default."""
    return DraftParameter(
        label=wanted.label, unit=wanted.unit, status=Status.ASSUMED, value=value, note=note,
        choices=list(wanted.choices), alternatives=list(alternatives),
        range=wanted.range_of(float(value)) if isinstance(value, int | float) else None,
    )  # fmt: skip


def missing(wanted: Wanted, question: str = "", alternatives: Sequence[Alternative] = ()) -> DraftParameter:
    """A parameter that is a question."""
    return DraftParameter(
        label=wanted.label, unit=wanted.unit, status=Status.MISSING, question=question or wanted.question,
        choices=list(wanted.choices), alternatives=list(alternatives),
    )  # fmt: skip


def _unsaid(wanted: Wanted) -> DraftParameter:
    return missing(wanted) if wanted.default is None else assumed(wanted, wanted.default, wanted.note)


def _groups(found: Sequence[Found]) -> list[list[Found]]:
    """Places by value, the heaviest value first; within one, the place that is quoted first."""
    by_value: dict[object, list[Found]] = {}
    for place in found:
        by_value.setdefault(place.same_as, []).append(place)
    groups = [
        sorted(group, key=lambda p: (-p.weight, p.status is not Status.STATED, p.sentence.index))
        for group in by_value.values()
    ]
    return sorted(groups, key=lambda g: (-min(g[0].weight, 2), -_total(g), g[0].sentence.index))


def _total(group: Sequence[Found]) -> float:
    return float(sum(place.weight for place in group))


def _alternative(place: Found) -> Alternative:
    if place.sentence.variation:
        reason = "Mentioned as another choice."
    else:
        reason = "As the cited publication has it." if place.sentence.cited else "Also mentioned."
    return Alternative(value=place.value, reason=reason, citation=place.citation)


def _contradiction(wanted: Wanted, groups: Sequence[Sequence[Found]]) -> DraftParameter:
    places = sorted((g[0] for g in groups), key=lambda p: p.sentence.index)
    said = [f"{format_value(p.value, p.unit)} on page {p.citation.page}" for p in places]
    question = f"The document says {', '.join(said[:-1])} and {said[-1]}: which one?"
    alternatives = [
        Alternative(value=p.value, reason=f"As written on page {p.citation.page}.", citation=p.citation) for p in places
    ]
    parameter = missing(wanted, question, alternatives)
    note = "The document contradicts itself; both places are cited below."
    return parameter.model_copy(update={"unit": places[0].unit, "note": note})
