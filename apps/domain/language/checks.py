"""Static checks before any run: each a named finding with a JSON pointer and a sentence that says what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from apps.domain.language.finding import Finding, Severity, error, warning
from apps.domain.language.firing_checks import firing_findings
from apps.domain.language.formula_checks import direct_calls, duration_findings, formula_findings, warm_up
from apps.domain.language.parameters import DURATIONS, Status, Unit
from apps.domain.language.quantities import format_value
from apps.domain.language.references import Reference, Spec, references
from apps.domain.language.rule_checks import rule_findings
from apps.domain.language.sections import PerAsset, TopN
from apps.domain.language.typecheck import nearest

_LIMITS: dict[Unit, tuple[float, float]] = {
    Unit.BPS: (0, 1000),
    Unit.COUNT: (1, 100_000),
    Unit.CURRENCY: (0, 1e15),
    **dict.fromkeys(DURATIONS, (0, 10_000)),
}


def findings(
    spec: Spec,
    *,
    fields: Sequence[str] | None = None,
    symbols: Sequence[str] | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    n_days: int | None = None,
    datasets: Collection[str] | None = None,
    sources: Collection[str] | None = None,
    firing: bool = True,
) -> list[Finding]:
    """Everything that the checks have to say, errors first. Facts about the data are optional: without them the checks
    that need them are left out. `firing` asks whether rules can ever be true: a sweep does not, for there a member that
    never trades is an answer."""
    found = [
        *_parameters(spec),
        *formula_findings(spec, fields=fields),
        *rule_findings(spec, sources=sources),
        *(firing_findings(spec) if firing else ()),
        *_dataset(spec, datasets),
        *_symbols(spec, symbols),
        *_capital(spec),
        *_window(spec, first_day, last_day, n_days),
        *_fills(spec, fields),
    ]
    order = list(Severity)
    return sorted(dict.fromkeys(found), key=lambda f: (order.index(f.severity), f.pointer))


def value_check(spec: Spec) -> Callable[[Mapping[str, Any]], bool]:
    """A quick check for sweeps: whether other values of some parameters of a specification without errors may bring one.

    It looks at the bounds of each value and at the durations of the calls that name it, not at the terms of trading.
    """
    used: dict[str, list[Reference]] = {}
    for reference in references(spec):
        used.setdefault(reference.name, []).append(reference)
    calls = direct_calls(spec)

    def suspicious(values: Mapping[str, Any]) -> bool:
        table = {name: spec.parameters[name].model_copy(update={"value": value}) for name, value in values.items()}
        if any(
            _value_problem(values[name], table[name].unit, place) for name in values for place in used.get(name, ())
        ):
            return True
        of_these = dict.fromkeys(call for name in values for call in calls.get(name, ()))
        changed = spec.model_copy(update={"parameters": {**spec.parameters, **table}}) if of_these else spec
        return any(next(duration_findings(changed, "", call), None) for call in of_these)

    return suspicious


def _parameters(spec: Spec) -> Iterator[Finding]:
    used = references(spec)
    for reference in used:
        yield from _reference(spec, reference)
    for name in sorted(spec.parameters.keys() - {reference.name for reference in used}):
        message = f"{spec.parameters[name].label} is not used by any rule."
        yield warning("unused_parameter", f"/parameters/{name}", message)


def _reference(spec: Spec, reference: Reference) -> Iterator[Finding]:
    parameter = spec.parameters.get(reference.name)
    pointer = f"/parameters/{reference.name}"
    if parameter is None:
        guess = nearest(reference.name, spec.parameters)
        hint = f" Did you mean “{guess}”?" if guess else " Add it to the table."
        yield error("unknown_parameter", reference.pointer, f"There is no parameter “{reference.name}”.{hint}")
        return
    if parameter.unit not in reference.units:
        wanted = " or ".join(sorted(unit.value for unit in reference.units))
        yield error(
            "wrong_unit",
            pointer,
            f"{parameter.label} is measured in {parameter.unit.value}, but {reference.place} needs {wanted}. "
            "Change its unit, or name another parameter.",
        )
        return
    value = getattr(parameter, "value", None)
    if value is None or parameter.status is Status.MISSING:
        question = (
            parameter.question or f"The document does not state: {_lowered(parameter.label)}. Which value applies?"
        )
        yield Finding("missing_value", Severity.QUESTION, pointer, question)
        return
    problem = _value_problem(value, parameter.unit, reference)
    if problem:
        yield error("bad_value", pointer, f"{parameter.label}: {problem}")


def _lowered(label: str) -> str:
    """The label within a sentence; an abbreviation keeps its capitals."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _value_problem(value: Any, unit: Unit, reference: Reference) -> str | None:
    if unit is Unit.CHOICE:
        if value in reference.choices:
            return None
        return (
            f"“{format_value(value, unit)}” is not one of {', '.join(c.replace('_', ' ') for c in reference.choices)}."
        )
    if unit is Unit.DATE:
        return None if _is_date(value) else "type a date as year-month-day."
    if unit is Unit.SYMBOLS:
        return None if isinstance(value, list) else "list the symbols."
    if unit in {Unit.SYMBOL, Unit.DATASET, Unit.SOURCE}:
        return None if isinstance(value, str) and value else "name one."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "a number is needed."
    if unit in DURATIONS | {Unit.COUNT} and value != int(value):
        return "a whole number is needed."
    low, high = _LIMITS.get(unit, (-1e12, 1e12))
    return None if low <= value <= high else f"{value:g} is outside {low:,.0f} to {high:,.0f} ({unit.value})."


def _is_date(value: object) -> bool:
    try:
        return date.fromisoformat(str(value)).isoformat() == value
    except ValueError:
        return False


def _dataset(spec: Spec, datasets: Collection[str] | None) -> Iterator[Finding]:
    chosen = _value(spec, spec.data.dataset)
    if datasets is None or not isinstance(chosen, str) or chosen in datasets:
        return
    guess = nearest(chosen, datasets)
    hint = f"Did you mean {guess}?" if guess else f"There are {', '.join(sorted(datasets)) or 'none; load one first'}."
    yield error("data_missing", f"/parameters/{spec.data.dataset}", f"Data missing: no data set “{chosen}”. {hint}")


def _symbols(spec: Spec, symbols: Sequence[str] | None) -> Iterator[Finding]:
    chosen = _value(spec, spec.universe.symbols)
    if not isinstance(chosen, list):
        return
    if symbols is not None:
        for symbol in (s for s in chosen if s not in symbols):
            yield _unknown_symbol(symbol, symbols, f"/parameters/{spec.universe.symbols}")
    size = len(set(chosen) or symbols or ())
    if isinstance(spec.selection, TopN) and size:
        count = _value(spec, spec.selection.count)
        if isinstance(count, int | float) and count > size:
            message = f"{count:g} are to be held, but the universe has {size}. Hold fewer, or choose more instruments."
            yield error("too_many", f"/parameters/{spec.selection.count}", message)


def _unknown_symbol(symbol: str, known: Sequence[str], pointer: str) -> Finding:
    guess = nearest(symbol, known)
    listed = f"{', '.join(list(known)[:8])}{' …' if len(known) > 8 else ''}"
    hint = f"Did you mean {guess}?" if guess else f"It has {listed}."
    return error("unknown_symbol", pointer, f"The data set has no {symbol}. {hint}")


def _value(spec: Spec, name: str | None) -> Any:
    return getattr(spec.parameters.get(name), "value", None) if name else None


def _window(spec: Spec, first: date | None, last: date | None, n_days: int | None) -> Iterator[Finding]:
    start, end = _date_of(spec, spec.evaluation.start), _date_of(spec, spec.evaluation.end)
    pointer = f"/parameters/{spec.evaluation.start or spec.evaluation.end or ''}"
    if start and end and start >= end:
        yield error("window", pointer, f"The window ends ({end}) before it begins ({start}).")
    if first and last:
        if (start and start > last) or (end and end < first):
            yield error("outside_data", pointer, f"The window lies outside the data, which run from {first} to {last}.")
        elif (start and start < first) or (end and end > last):
            yield warning(
                "shorter_window",
                pointer,
                f"The data run from {first} to {last}; the run is held to them.",
            )
    needed, held = warm_up(spec), _days_at_most(first, end, n_days)
    if held is not None and needed >= held:
        message = f"The rules need {needed} trading days before their first decision; the data have {held}."
        yield error("warm_up", "/selection", f"{message} Shorten the lookback, or end the window later.")


def _days_at_most(first: date | None, end: date | None, n_days: int | None) -> int | None:
    """No more trading days than this lie in the data up to the end of the window: it also has no more than days."""
    bounds = [n_days] if n_days is not None else []
    if first and end and end >= first:
        bounds.append((end - first).days + 1)
    return min(bounds, default=None)


def _capital(spec: Spec) -> Iterator[Finding]:
    value = _value(spec, spec.evaluation.capital)
    if isinstance(value, int | float) and not value >= 1:
        message = f"The starting capital must be 1 or more, not {value:g}."
        yield error("bad_value", f"/parameters/{spec.evaluation.capital}", message)


def _date_of(spec: Spec, name: str | None) -> date | None:
    value = _value(spec, name)
    return date.fromisoformat(str(value)) if value is not None and _is_date(value) else None


def _fills(spec: Spec, fields: Sequence[str] | None) -> Iterator[Finding]:
    value = _value(spec, spec.execution.fill)
    if fields is not None and value == "next_open" and "open" not in fields:
        message = "The data have no opening prices; fill at the next close, or choose a data set with opens."
        yield error("no_opens", f"/parameters/{spec.execution.fill}", message)
    if isinstance(spec.selection, PerAsset) and spec.selection.exit and spec.selection.enter == spec.selection.exit:
        yield warning(
            "same_rule",
            "/selection/exit",
            "The exit rule is the entry rule: positions are left at once.",
        )
