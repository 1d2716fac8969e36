"""The formulas of a draft as the page shows them, and what a change would mean before it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.domain.errors import DomainError
from apps.domain.language import (
    DraftSpecification,
    Finding,
    Line,
    add_formula,
    apply_formula,
    apply_value,
    explain,
    explain_formula,
    format_value,
    formula_places,
    lines_between,
)
from apps.strategies.models import Strategy
from apps.strategies.queries.rows import blocking, draft_of, open_findings


@dataclass(frozen=True, slots=True)
class FormulaRow:
    """One formula: where it stands, what it must give, what it says. `key` is fit for an HTML id."""

    key: str
    pointer: str
    place: str
    text: str
    gives: str
    words: str
    findings: tuple[Finding, ...]
    may_go: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether something about it stops a run."""
        return bool(blocking(self.findings))


@dataclass(frozen=True, slots=True)
class Checked:
    """What a change would mean. With an `error` the change cannot be made; `column` (1-based) says where it goes wrong.

    `words` is the new formula or value in words; `lines` are the sentences of the rules that would come and go.
    """

    error: str = ""
    code: str = ""
    column: int | None = None
    suggestion: str | None = None
    words: str = ""
    lines: tuple[Line, ...] = ()
    new_findings: tuple[Finding, ...] = ()
    settled_findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.error


def formula_rows(draft: DraftSpecification, findings: Sequence[Finding]) -> tuple[FormulaRow, ...]:
    """Every formula of a draft, with what the checks say about it."""
    return tuple(
        FormulaRow(
            key=place.pointer.strip("/").replace("/", "-"),
            pointer=place.pointer,
            place=place.place,
            text=place.text,
            gives=place.gives,
            words=explain_formula(place.text, draft),
            findings=tuple(f for f in findings if f.pointer == place.pointer),
            may_go=place.may_go,
        )
        for place in formula_places(draft)
    )


def check_formula_change(strategy: Strategy, /, *, pointer: str, text: str) -> Checked:
    """What another formula at a place, or one where there is none, would mean; nothing is stored. Raises UnknownPlace."""

    def change(draft: DraftSpecification) -> DraftSpecification:
        if any(place.pointer == pointer for place in formula_places(draft)):
            return apply_formula(draft, pointer=pointer, text=text)
        return add_formula(draft, pointer=pointer, text=text)[0]

    return _checked(
        draft_of(strategy),
        change,
        lambda draft: explain_formula(text.strip(), draft),
    )


def check_value_change(strategy: Strategy, /, *, name: str, value: str) -> Checked:
    """What another value of a parameter would mean; nothing is stored. Raises UnknownParameter."""

    def said(draft: DraftSpecification) -> str:
        parameter = draft.parameters[name]
        return f"{parameter.label}: {format_value(parameter.value, parameter.unit)}"

    return _checked(draft_of(strategy), lambda draft: apply_value(draft, name=name, value=value), said)


def _checked(
    before: DraftSpecification,
    change: Callable[[DraftSpecification], DraftSpecification],
    say: Callable[[DraftSpecification], str],
) -> Checked:
    try:
        after = change(before)
    except DomainError as problem:
        if problem.status == 404:
            raise
        column, suggestion = problem.details.get("column"), problem.details.get("suggestion")
        return Checked(
            error=problem.message,
            code=problem.code,
            column=column if isinstance(column, int) else None,
            suggestion=suggestion if isinstance(suggestion, str) else None,
        )
    old, new = open_findings(before), open_findings(after)
    return Checked(
        words=say(after),
        lines=tuple(line for line in lines_between(explain(before), explain(after)) if line.sign),
        new_findings=tuple(f for f in new if f not in old),
        settled_findings=tuple(f for f in old if f not in new),
    )
