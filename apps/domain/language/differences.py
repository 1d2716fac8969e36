"""What changed between two specifications: values, rules, formulas, and what that says in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from apps.domain.language.explain import explain
from apps.domain.language.quantities import format_value
from apps.domain.language.references import Spec, formulas, references

_SECTIONS = ("data", "universe", "selection", "weights", "schedule", "overlay", "execution", "evaluation")


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: `sign` is "+" where it came, "-" where it went, "" where it stayed."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A parameter that came, went, or reads otherwise. Before and after are None where it was not there."""

    name: str
    label: str
    before: str | None
    after: str | None
    status_before: str
    status_after: str
    unit_before: str
    unit_after: str


@dataclass(frozen=True, slots=True)
class FormulaChange:
    """A formula that came, went, or reads otherwise."""

    pointer: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Another part of the rules: which parameter a place names, which kind of selection or weights it is."""

    pointer: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Differences:
    """Everything that differs; `prose` are all sentences of both, in order."""

    parameters: tuple[ParameterChange, ...]
    formulas: tuple[FormulaChange, ...]
    fields: tuple[FieldChange, ...]
    prose: tuple[Line, ...]

    @property
    def n_changes(self) -> int:
        return len(self.parameters) + len(self.formulas) + len(self.fields)


def difference_of(before: Spec, after: Spec) -> Differences:
    """What leads from one specification to the other."""
    old, new = dict(formulas(before)), dict(formulas(after))
    return Differences(
        parameters=tuple(_parameters(before, after)),
        formulas=tuple(
            FormulaChange(pointer, old.get(pointer), new.get(pointer))
            for pointer in dict.fromkeys([*old, *new])
            if old.get(pointer) != new.get(pointer)
        ),
        fields=tuple(_fields(before, after, old.keys() | new.keys())),
        prose=lines_between(explain(before), explain(after)),
    )


def lines_between(before: Sequence[str], after: Sequence[str]) -> tuple[Line, ...]:
    """The sentences of both, what went before what came in its place."""
    lines: list[Line] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [Line("", text) for text in before[i:j]]
        else:
            lines += [Line("-", text) for text in before[i:j]]
            lines += [Line("+", text) for text in after[k:m]]
    return tuple(lines)


def _parameters(before: Spec, after: Spec) -> Iterator[ParameterChange]:
    olds, news = _used(before), _used(after)
    for name in dict.fromkeys([*olds, *news]):
        old, new = olds.get(name), news.get(name)
        if _compared(old) != _compared(new):
            yield ParameterChange(
                name=name,
                label=_label(old, new),
                before=_shown(old),
                after=_shown(new),
                status_before=_status(old),
                status_after=_status(new),
                unit_before=old.unit.value if old else "",
                unit_after=new.unit.value if new else "",
            )


def _used(spec: Spec) -> dict[str, Any]:
    """The parameters that a rule names: a draft may carry others, a runnable does not."""
    named = {reference.name for reference in references(spec)}
    return {name: parameter for name, parameter in spec.parameters.items() if name in named}


def _compared(parameter: Any) -> object:
    return parameter and (parameter.value, parameter.unit, parameter.status)


def _label(old: Any, new: Any) -> str:
    return str((old if new is None else new).label)


def _shown(parameter: Any) -> str | None:
    return format_value(parameter.value, parameter.unit) if parameter else None


def _status(parameter: Any) -> str:
    return str(parameter.status.value) if parameter else ""


def _fields(before: Spec, after: Spec, formula_pointers: set[str]) -> Iterator[FieldChange]:
    old, new = _leaves_of(before), _leaves_of(after)
    for pointer in dict.fromkeys([*old, *new]):
        if pointer not in formula_pointers and old.get(pointer) != new.get(pointer):
            yield FieldChange(pointer, old.get(pointer), new.get(pointer))


def _leaves_of(spec: Spec) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in _SECTIONS:
        found |= _leaves(getattr(spec, section), f"/{section}")
    return found


def _leaves(part: Any, pointer: str) -> dict[str, str]:
    if isinstance(part, BaseModel):
        parts: dict[str, Any] = {name: getattr(part, name) for name in type(part).model_fields}
    elif isinstance(part, dict):
        parts = part
    elif isinstance(part, list):
        parts = {str(at): inner for at, inner in enumerate(part)}
    else:
        return {} if part is None else {pointer: str(part)}
    found: dict[str, str] = {}
    for name, inner in parts.items():
        found |= _leaves(inner, f"{pointer}/{name}")
    return found
