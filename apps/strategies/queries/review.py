"""A draft as the review page shows it: parameters in groups, highlights on pages, claims, what is open."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from apps.documents.queries import PageSize
from apps.domain.language import (
    Alternative,
    Citation,
    Claim,
    Confidence,
    DraftParameter,
    DraftSpecification,
    Finding,
    FormulaPlace,
    Status,
    Unit,
    confidence_of,
    explain,
    format_value,
    formula_places,
    references,
)
from apps.strategies.models import Strategy
from apps.strategies.queries.rows import blocking, draft_of, missing_data, open_findings

if TYPE_CHECKING:
    from apps.domain.verdict import Verdict

_PLACES = (
    ("Rules", ("/signals", "/selection", "/weights", "/overlay")),
    ("Universe and data", ("/data", "/universe")),
    ("Timing", ("/schedule", "/execution/fill")),
    ("Costs and orders", ("/execution",)),
    ("Evaluation", ("/evaluation",)),
)
_UNUSED = "Not used by any rule"


@dataclass(frozen=True, slots=True)
class Option:
    """A plausible reading, to be chosen."""

    value: str
    shown: str
    reason: str
    mark: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter on the review page. `marks` are the keys of its highlights."""

    name: str
    label: str
    unit: str
    status: str
    value: str
    shown: str
    note: str
    question: str
    citation: Citation | None
    mark: str
    options: tuple[Option, ...]
    choices: tuple[tuple[str, str], ...]
    is_open: bool
    is_settled: bool
    problem: str
    confidence: Confidence

    @property
    def pointer(self) -> str:
        """Its JSON pointer in the specification."""
        return f"/parameters/{self.name}"

    @property
    def marks(self) -> str:
        return " ".join(key for key in (self.mark, *(option.mark for option in self.options)) if key)


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that belong together."""

    name: str
    fields: tuple[Field, ...]

    @property
    def n_settled(self) -> int:
        return sum(field.is_settled for field in self.fields)


@dataclass(frozen=True, slots=True)
class Mark:
    """A highlight on a page: boxes in PDF points, and the field or claim it belongs to."""

    key: str
    target: str
    label: str
    kind: str
    boxes: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim of the document."""

    key: str
    claim: Claim
    shown: str

    @property
    def metric(self) -> str:
        """What is measured, in words."""
        return self.claim.metric.replace("_", " ")


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Everything that the review page shows of a draft. `blocking` is what stops a run, `questions` what of it an answer
    settles; `verdict` is not testable while data are missing, else None."""

    draft: DraftSpecification
    groups: tuple[Group, ...]
    claims: tuple[ClaimRow, ...]
    marks: Mapping[int, tuple[Mark, ...]]
    explanation: tuple[str, ...]
    findings: tuple[Finding, ...]
    blocking: tuple[Finding, ...]
    questions: tuple[Finding, ...]
    verdict: Verdict | None
    formulas: tuple[FormulaPlace, ...]
    json: str
    n_fields: int
    n_settled: int

    def marks_of(self, name: str) -> list[dict[str, object]]:
        """The highlights of one parameter, with their pages, as a viewer redraws them."""
        return [
            asdict(mark) | {"page": number}
            for number, marks in self.marks.items()
            for mark in marks
            if mark.target == f"f-{name}"
        ]

    @property
    def empty_groups(self) -> tuple[str, ...]:
        """Groups without a field now, which a change of the rules may fill."""
        filled = {group.name for group in self.groups}
        return tuple(name for name in (*(name for name, _ in _PLACES), _UNUSED) if name not in filled)

    def field(self, name: str) -> Field | None:
        """One field by its parameter's name."""
        return next((f for group in self.groups for f in group.fields if f.name == name), None)


def review_of(strategy: Strategy, /) -> ReviewPage:
    """The review page of a strategy's draft."""
    draft = draft_of(strategy)
    found = open_findings(draft)
    stops = blocking(found)
    problems = {f.pointer.removeprefix("/parameters/"): f for f in stops if f.pointer.startswith("/parameters/")}
    fields = {
        name: _field(name, p, problems.get(name), name in strategy.confirmed) for name, p in draft.parameters.items()
    }
    claims = tuple(ClaimRow(f"claim-{c.key}", c, _shown_claim(c)) for c in draft.claims)
    return ReviewPage(
        draft=draft,
        groups=_groups(draft, fields),
        claims=claims,
        marks=_marks(fields.values(), claims),
        explanation=tuple(explain(draft)),
        findings=tuple(found),
        blocking=tuple(stops),
        questions=tuple(finding for finding in stops if not missing_data([finding])),
        verdict=missing_data(stops),
        formulas=tuple(formula_places(draft)),
        json=json.dumps(strategy.draft, indent=2, ensure_ascii=False),
        n_fields=len(fields),
        n_settled=sum(field.is_settled for field in fields.values()),
    )


def fields_of(strategy: Strategy, /) -> list[Field]:
    """Every parameter of a strategy's draft, in the order of the review page."""
    return [field for group in review_of(strategy).groups for field in group.fields]


def values_of(draft: DraftSpecification, /) -> tuple[Group, ...]:
    """The parameters of a draft that is nobody's yet, in the groups of the review page."""
    return _groups(draft, {name: _field(name, p, None, False) for name, p in draft.parameters.items()})


def pages_with_marks(page: ReviewPage, sizes: list[PageSize]) -> list[tuple[PageSize, tuple[Mark, ...]]]:
    """Each page of the document with its highlights."""
    return [(size, page.marks.get(size.number, ())) for size in sizes]


def _groups(draft: DraftSpecification, fields: dict[str, Field]) -> tuple[Group, ...]:
    place: dict[str, str] = {}
    for reference in references(draft):
        for name, prefixes in _PLACES:
            if reference.pointer.startswith(prefixes):
                place.setdefault(reference.name, name)
    groups = [Group(name, tuple(f for key, f in fields.items() if place.get(key) == name)) for name, _ in _PLACES]
    rest = tuple(f for key, f in fields.items() if key not in place)
    return tuple(group for group in [*groups, Group(_UNUSED, rest)] if group.fields)


def _field(name: str, p: DraftParameter, problem: Finding | None, confirmed: bool) -> Field:  # noqa: FBT001 -- private
    options = tuple(_option(name, at, a, p.unit) for at, a in enumerate(p.alternatives, start=1))
    is_open = problem is not None
    return Field(
        name=name,
        label=p.label,
        unit=p.unit.value,
        status=Status.MISSING.value if p.value is None else p.status.value,
        value="" if p.value is None else _typed(p.value),
        shown=format_value(p.value, p.unit),
        note=p.note,
        question=p.question if p.value is None else "",
        citation=p.citation,
        mark=f"{name}-0" if p.citation and p.citation.boxes else "",
        options=options,
        choices=tuple((choice, choice.replace("_", " ").capitalize()) for choice in p.choices)
        if p.unit is Unit.CHOICE
        else (),
        is_open=is_open,
        is_settled=not is_open and (confirmed or p.status in {Status.STATED, Status.ANALYST}),
        problem=problem.message if problem is not None and p.value is not None else "",
        confidence=confidence_of(p),
    )


def _option(name: str, at: int, a: Alternative, unit: Unit) -> Option:
    mark = f"{name}-{at}" if a.citation and a.citation.boxes else ""
    return Option(_typed(a.value), format_value(a.value, unit), a.reason, mark, a.citation)


def _typed(value: object) -> str:
    """A value as it stands in an input: the same text parses back to it."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "all"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _shown_claim(claim: Claim) -> str:
    return format_value(claim.value, claim.unit)


def _marks(fields: Iterable[Field], claims: tuple[ClaimRow, ...]) -> dict[int, tuple[Mark, ...]]:
    found: dict[int, list[Mark]] = {}

    def add(key: str, target: str, label: str, kind: str, citation: Citation | None) -> None:
        boxes: dict[int, list[tuple[float, float, float, float]]] = {}
        for page, x0, y0, x1, y1 in citation.boxes if citation else []:
            boxes.setdefault(page, []).append((x0 - 1, y0 - 1, x1 - x0 + 2, y1 - y0 + 2))
        for page, rectangles in boxes.items():
            found.setdefault(page, []).append(Mark(key, target, label, kind, tuple(rectangles)))

    for row in claims:
        add(row.key, f"f-{row.key}", f"Claim: {row.claim.label} {row.shown}", "claim", row.claim.citation)
    for field in fields:
        add(field.mark, f"f-{field.name}", f"{field.label}: {field.shown}", "", field.citation)
        for option in field.options:
            add(option.mark, f"f-{field.name}", f"{field.label}: {option.shown}", "conflict", option.citation)
    return {page: tuple(marks) for page, marks in found.items()}
