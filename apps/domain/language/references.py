"""Where a specification names a parameter or holds a formula, read from the metadata of the schema itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import BaseModel

from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.parameters import NUMERIC, Unit
from apps.domain.language.schema import Specification
from apps.domain.language.typecheck import names_of

Spec = Specification[Any]
_NOT_RULES = frozenset({"language", "meta", "parameters", "claims"})


@dataclass(frozen=True, slots=True)
class Reference:
    """One place that names a parameter; `place` says in words what the place is."""

    pointer: str
    name: str
    units: frozenset[Unit]
    choices: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class FormulaPlace:
    """One formula; `gives` says what it must give: "condition", "market condition", "number" or "any". `may_go` says whether
    the rules can do without it."""

    pointer: str
    text: str
    gives: str
    place: str
    may_go: bool = False


def formula_places(spec: Spec) -> list[FormulaPlace]:
    """Every formula of the executable sections, in the order of the schema."""
    return [
        FormulaPlace(pointer, text, extra["gives"], _place(pointer, extra["place"]), bool(extra.get("optional")))
        for pointer, text, extra in _annotated(spec, "formula")
    ]


def vacant_places(spec: Spec) -> list[FormulaPlace]:
    """Where a formula may be added, in the order of the schema: fields that hold none, and ends of lists ("-" in the
    pointer). Signals, which take a name, and sections that are not there are not among them."""
    found = []
    for section in type(spec).model_fields:
        if section not in _NOT_RULES | {"signals"}:
            found += [
                FormulaPlace(pointer, "", extra["gives"], extra["place"], may_go=True)
                for pointer, extra in _vacant(spec, section, "")
            ]
    kinds = getattr(spec.execution, "order", "market")
    unused = {f"/execution/{name}" for name in ("limit", "stop") if name not in kinds.split("_")}
    return [place for place in found if place.pointer not in unused]


def formulas(spec: Spec) -> Iterator[tuple[str, str]]:
    """(JSON pointer, text) of every formula."""
    return ((place.pointer, place.text) for place in formula_places(spec))


def take_out(content: dict[str, Any], pointer: str) -> None:
    """Take what a pointer points at out of a specification as data: a list and a dictionary close up, a field empties."""
    *path, last = pointer.split("/")[1:]
    part: Any = content
    for step in path:
        part = part[int(step) if isinstance(part, list) else step]
    if isinstance(part, list):
        part.pop(int(last))
    elif path == ["signals"]:
        part.pop(last)
    else:
        part[last] = None


def put_text(content: dict[str, Any], pointer: str, text: str) -> None:
    """Put a text where a pointer points, in a specification as data; "-" is the end of a list."""
    *path, last = pointer.split("/")[1:]
    part: Any = content
    for step in path:
        part = part[int(step) if isinstance(part, list) else step]
    if isinstance(part, list) and last == "-":
        part.append(text)
    else:
        part[int(last) if isinstance(part, list) else last] = text


def references(spec: Spec) -> list[Reference]:
    """Every place that names a parameter, formulas included; formulas that cannot be read name none."""
    found = [
        Reference(pointer, name, frozenset(map(Unit, extra["units"])), tuple(extra.get("choices", ())), extra["place"])
        for pointer, name, extra in _annotated(spec, "parameter")
    ]
    for place in formula_places(spec):
        try:
            used = names_of(parse(place.text))
        except FormulaError:
            continue
        found += [
            Reference(place.pointer, name, NUMERIC, place=_formula_place(place))
            for name in sorted(used & spec.parameters.keys())
        ]
    return found


def _place(pointer: str, place: str) -> str:
    return f"{place} “{pointer.rpartition('/')[2]}”" if pointer.startswith("/signals/") else place


def _formula_place(place: FormulaPlace) -> str:
    return f"the formula of {place.place}" if place.pointer.startswith("/signals/") else place.place


def _annotated(spec: Spec, what: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for section in type(spec).model_fields:
        if section not in _NOT_RULES:
            yield from _walk(spec, section, "", what)


def _walk(model: BaseModel, name: str, pointer: str, what: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    field, value, here = type(model).model_fields[name], getattr(model, name), f"{pointer}/{name}"
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "names" in extra:
        if extra["names"] == what:
            told = extra | {"optional": not field.is_required()}
            yield from ((where, text, told) for where, text in _texts(value, here))
        return
    for where, part in _parts(value, here):
        if isinstance(part, BaseModel):
            for inner in type(part).model_fields:
                yield from _walk(part, inner, where, what)


def _vacant(model: BaseModel, name: str, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    field, value, here = type(model).model_fields[name], getattr(model, name), f"{pointer}/{name}"
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "names" in extra:
        if extra["names"] == "formula" and (value is None or isinstance(value, list)):
            yield (here if value is None else f"{here}/-"), extra
        return
    for where, part in _parts(value, here):
        if isinstance(part, BaseModel):
            for inner in type(part).model_fields:
                yield from _vacant(part, inner, where)


def _texts(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    return ((where, text) for where, text in _parts(value, pointer) if isinstance(text, str))


def _parts(value: object, pointer: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from ((f"{pointer}/{key}", part) for key, part in value.items())
    elif isinstance(value, list):
        yield from ((f"{pointer}/{place}", part) for place, part in enumerate(value))
    else:
        yield pointer, value


def circular_signals(spec: Spec) -> frozenset[str]:
    """The signals that are defined, through others or directly, by themselves."""
    uses = _signal_uses(spec)
    try:
        TopologicalSorter(uses).prepare()
    except CycleError:
        return frozenset(name for name in uses if name in _reached(uses, name))
    return frozenset()


def signals_in_order(spec: Spec) -> list[str]:
    """The signals, each after those that it uses; circular ones are left out."""
    circular = circular_signals(spec)
    uses = {name: used - circular for name, used in _signal_uses(spec).items() if name not in circular}
    return list(TopologicalSorter(uses).static_order())


def _signal_uses(spec: Spec) -> dict[str, frozenset[str]]:
    uses: dict[str, frozenset[str]] = {}
    for name, text in spec.signals.items():
        try:
            uses[name] = names_of(parse(text)) & spec.signals.keys()
        except FormulaError:
            uses[name] = frozenset()
    return uses


def _reached(uses: dict[str, frozenset[str]], name: str) -> set[str]:
    reached, todo = set[str](), set(uses[name])
    while todo:
        step = todo.pop()
        reached.add(step)
        todo |= uses[step] - reached
    return reached
