"""Checks of the formulas of a specification, and the warm-up that follows from them.

A specification may come from a language model that read a hostile document, so everything here is bounded: signals are
visited in the order of their use, never by recursion into one another, and rules that would grow without end when their
signals are spelled out are refused before anything spells them out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from apps.domain.language.finding import Finding, error
from apps.domain.language.functions import FUNCTIONS, LEAST_WINDOW, Kind
from apps.domain.language.grammar import KEYWORDS, FormulaError, parse, parts_of
from apps.domain.language.parameters import DURATIONS
from apps.domain.language.quantities import trading_days
from apps.domain.language.references import (
    FormulaPlace,
    Spec,
    circular_signals,
    formula_places,
    formulas,
    signals_in_order,
)
from apps.domain.language.tree import Call, Name, Node, Number
from apps.domain.language.typecheck import check_formula, names_of
from apps.domain.language.vocabulary import Vocabulary, reserved_names, vocabulary
from apps.domain.values.panel import FIELDS

_LONGEST = 100 * 252  # a century of trading days
_MOST_NODES = 2000
_MOST_LEVELS = 100  # well inside what recursive readers of a tree can take


def formula_findings(spec: Spec, *, fields: Sequence[str] | None) -> Iterator[Finding]:
    """What is wrong with the rules. `fields` are those that the data carry; None leaves the check out."""
    yield from _taken_names(spec)
    for name in sorted(circular_signals(spec)):
        yield error("signal_cycle", f"/signals/{name}", f"The signal “{name}” is defined by itself. Break the circle.")
    words = vocabulary(spec)
    broken = spec.signals.keys() - words.kinds.keys()
    for place in formula_places(spec):
        try:
            node = parse(place.text)
            kind = None if names_of(node) & broken else check_formula(node, names=words.kinds)
        except FormulaError as problem:
            message = f"{problem.message} (column {problem.column} of “{place.text}”)"
            yield error(problem.code, place.pointer, message)
            continue
        yield from _missing_fields(place.pointer, node, fields)
        if kind is not None:
            yield from _misplaced(place, node, kind, words)
            yield from _durations(spec, place.pointer, node)
    if too_large := overgrown(spec):
        message = "With its signals spelled out this rule is too large to run. Use fewer signals, or shorter ones."
        yield error("overgrown", too_large, message)


def _taken_names(spec: Spec) -> Iterator[Finding]:
    reserved = reserved_names(spec)
    for name in sorted(spec.signals):
        if name in spec.parameters or name in reserved:
            yield error(
                "name_taken", f"/signals/{name}", f"“{name}” is already a field or a parameter; rename the signal."
            )
    for name in sorted(spec.parameters.keys() & reserved):
        yield error(
            "name_taken", f"/parameters/{name}", f"“{name}” is already a field of the data; rename the parameter."
        )
    sections = (("signals", spec.signals), ("parameters", spec.parameters), ("data/inputs", spec.data.inputs))
    for section, names in sections:
        for name in sorted(names.keys() & KEYWORDS):
            yield error("name_taken", f"/{section}/{name}", f"“{name}” is a word of the formula language; rename it.")


_NUMBERS = frozenset({Kind.SERIES, Kind.CROSS_SECTION, Kind.MARKET, Kind.CALENDAR, Kind.BARS})


def _misplaced(place: FormulaPlace, node: Node, kind: Kind, words: Vocabulary) -> Iterator[Finding]:
    if place.gives.endswith("condition") and kind is not Kind.BOOLEAN:
        message = f"{_sentence(place.place)} must be a condition, for example close > sma(close, window)."
        yield error("not_a_condition", place.pointer, message)
    elif place.gives == "market condition" and not words.is_of_the_market(node):
        message = (
            f"{_sentence(place.place)} must be one answer for the whole market. Read one instrument or series under data, "
            "inputs, or use a measure of the universe such as share_of or cross_mean."
        )
        yield error("not_of_the_market", place.pointer, message)
    elif place.gives == "number" and kind not in _NUMBERS:
        message = f"{_sentence(place.place)} must be a series of numbers, for example a trailing return."
        yield error("not_a_series", place.pointer, message)


def _sentence(place: str) -> str:
    return place[:1].upper() + place[1:]


def _missing_fields(pointer: str, node: Node, fields: Sequence[str] | None) -> Iterator[Finding]:
    if fields is None:
        return
    for name in sorted((names_of(node) & set(FIELDS)) - set(fields)):
        message = f"The data have no “{name}”; they carry {', '.join(fields)}. Choose another data set or rule."
        yield error("field_missing", pointer, message)


def _durations(spec: Spec, pointer: str, node: Node) -> Iterator[Finding]:
    for call in calls_of(node):
        yield from duration_findings(spec, pointer, call)


def duration_findings(spec: Spec, pointer: str, call: Call) -> Iterator[Finding]:
    """A lookback is at least a day, a lag or a skip at least none: a negative one would read the future."""
    days = durations_of(spec, call)
    if not days:
        return
    known = [d for d in days if d is not None]
    least = LEAST_WINDOW.get(call.function, 1)
    if days[0] is not None and days[0] < least:
        yield error("bad_duration", pointer, f"{call.function} needs at least {least} trading days.")
    if any(d < 0 for d in known):
        yield error("bad_duration", pointer, f"{call.function} cannot look ahead: no duration is below zero.")
    if any(d > _LONGEST for d in known):
        yield error("bad_duration", pointer, f"{call.function} looks back more than a century; shorten it.")
    yield from _skips(pointer, call.function, days)


def direct_calls(spec: Spec) -> dict[str, list[Call]]:
    """The calls of all formulas that take a parameter as it is, by its name."""
    found: dict[str, list[Call]] = {}
    for _, text in formulas(spec):
        for call in calls_of(parse(text)):
            for argument in call.arguments:
                if isinstance(argument, Name) and argument.id in spec.parameters:
                    found.setdefault(argument.id, []).append(call)
    return found


def _skips(pointer: str, function: str, days: list[int | None]) -> Iterator[Finding]:
    if function not in {"trailing_return", "residual_momentum"} or None in days:
        return
    *whole, lookback, skip = [d or 0 for d in days]
    if skip >= lookback:
        yield error("bad_duration", pointer, "The skipped days must be fewer than the days looked back.")
    if whole and lookback > whole[0]:
        yield error("bad_duration", pointer, "The lookback lies within the days of the regression.")


def durations_of(spec: Spec, call: Call) -> list[int | None]:
    """The durations that a call takes, in trading days; None for one that is not known."""
    pairs = zip(call.arguments, FUNCTIONS[call.function].fitted(len(call.arguments)) or (), strict=False)
    return [_days(spec, argument) for argument, kind in pairs if kind is Kind.DURATION]


def _days(spec: Spec, argument: Node) -> int | None:
    if isinstance(argument, Number):
        return int(argument.value)
    parameter = spec.parameters.get(argument.id) if isinstance(argument, Name) else None
    value = getattr(parameter, "value", None)
    if parameter is None or parameter.unit not in DURATIONS or isinstance(value, bool):
        return None
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return trading_days(value, parameter.unit)


def calls_of(node: Node) -> Iterator[Call]:
    """Every call of a tree, outermost first."""
    todo = [node]
    while todo:
        step = todo.pop()
        todo += reversed(parts_of(step))
        if isinstance(step, Call):
            yield step


def overgrown(spec: Spec) -> str | None:
    """The pointer of a rule that is too large once its signals are spelled out; None when every rule is fit to read."""
    nodes = _measured(spec, lambda _, parts: 1 + sum(parts))
    levels = _measured(spec, lambda _, parts: 1 + max(parts, default=0))
    too_large = (pointer for pointer in nodes if nodes[pointer] > _MOST_NODES or levels[pointer] > _MOST_LEVELS)
    return next(too_large, None)


def _measured(spec: Spec, measure: Callable[[Node, list[int]], int]) -> dict[str, int]:
    """A measure of every formula by its pointer, computed from the leaves up; a signal counts wherever it is used.

    Circular signals, and formulas that cannot be read, count as nothing.
    """
    of_signal: dict[str, int] = {}

    def of(node: Node) -> int:
        if isinstance(node, Name) and node.id in spec.signals:
            return of_signal.get(node.id, 0)
        return measure(node, [of(part) for part in parts_of(node)])

    def of_text(text: str) -> int:
        try:
            return of(parse(text))
        except FormulaError:
            return 0

    for name in signals_in_order(spec):
        of_signal[name] = of_text(spec.signals[name])
    return {pointer: of_text(text) for pointer, text in formulas(spec)}


def warm_up(spec: Spec) -> int:
    """How many trading days the rules need before their first decision; unknown durations count as none."""

    def needed(node: Node, parts: list[int]) -> int:
        inner = max(parts, default=0)
        if not isinstance(node, Call) or node.function not in FUNCTIONS:
            return inner
        signature = FUNCTIONS[node.function]
        days = [d or 0 for d in durations_of(spec, node)]
        if len(days) < signature.arguments.count(Kind.DURATION):
            return inner
        return inner + max(0, signature.warm_up(days))

    return max(_measured(spec, needed).values(), default=0)
