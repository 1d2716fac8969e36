"""Checks that an entry can fire and that an exit exists and can fire, before any data are read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.domain.language.contradictions import conjuncts
from apps.domain.language.finding import Finding, error, warning
from apps.domain.language.formula_checks import overgrown
from apps.domain.language.function_ranges import CALENDAR_RANGES
from apps.domain.language.functions import Kind
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.intervals import NOT_BELOW_ZERO, WHOLE, Interval, between, point
from apps.domain.language.parameters import DURATIONS, NUMERIC, ParameterBase, Status
from apps.domain.language.quantities import trading_days
from apps.domain.language.ranges import Ranges
from apps.domain.language.reasons import is_decided, reason, short
from apps.domain.language.references import FormulaPlace, Spec, formula_places
from apps.domain.language.sections import STOPS, FilteredUniverse, PerAsset, Switch
from apps.domain.language.single_days import is_true_on_single_days
from apps.domain.language.spelled_out import readable_signals, spelled_out
from apps.domain.language.tree import Binary, Node, Unary
from apps.domain.language.typecheck import check_formula, names_of
from apps.domain.language.vocabulary import vocabulary
from apps.domain.values.panel import FIELDS

_REGIME = "/overlay/regime/when"
_WHEN_NEVER = {
    r"/selection/enter(_short)?": "nothing is ever entered by it",
    r"/selection/(long|short)/\d+/where": "this leg is always empty",
    r"/selection/cases/\d+/when": "this case is never held",
    r"/universe/where/\d+": "no instrument ever belongs to the universe",
    r"/schedule/when": "nothing is ever decided",
    _REGIME: "the strategy is always out of its regime",
}
"""Where a condition that is never true leaves nothing to do, and what that means."""
_WHEN_ALWAYS = {
    r"/selection/enter(_short)?": "the rule holds every instrument for which it is defined",
    r"/selection/exit(_short)?": "a position is left at once, and none is taken while the rule is defined",
    r"/selection/(long|short)/\d+/where": "the condition keeps every instrument for which it is defined",
    r"/selection/cases/\d+/when": "no later case is held, nor what is held otherwise",
}
_ADVICE = "Change the numbers, or the rule."


def firing_findings(spec: Spec) -> Iterator[Finding]:
    """Rules that no data can make true, entries that all data do, and positions that nothing ends.

    A rule that cannot be read, does not fit together or waits for the value of a parameter is left to the other checks.
    """
    if overgrown(spec):
        return
    ranges = Ranges(name_ranges(spec))
    rules = list(_rules(spec))
    for rule in rules:
        if is_decided(rule.node, ranges, truth=False):
            yield from _never(spec, rule, ranges)
        elif is_decided(rule.node, ranges, truth=True):
            yield from _always(spec, rule, ranges)
    nodes = {rule.place.pointer: rule.node for rule in rules}
    yield from _no_exit(spec, nodes, ranges)
    yield from _left_at_once(spec, nodes, ranges)


def name_ranges(spec: Spec) -> dict[str, Interval]:
    """What the names of a strategy can be: prices and volumes are not below zero, but those of futures may be; a parameter
    is its value, a duration in bars."""
    prices = WHOLE if spec.data.futures else NOT_BELOW_ZERO
    read = {name: prices for name, given in spec.data.inputs.items() if given.kind == "instrument"}
    stated = {name: _range_of_value(parameter, spec.data.bars) for name, parameter in spec.parameters.items()}
    return dict.fromkeys(FIELDS, prices) | {"volume": NOT_BELOW_ZERO} | read | stated | dict(CALENDAR_RANGES)


def _range_of_value(parameter: ParameterBase, bars: str) -> Interval:
    value = getattr(parameter, "value", None)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return WHOLE
    if parameter.unit not in DURATIONS:
        return point(float(value))
    days = float(trading_days(value, parameter.unit))
    return point(days) if bars == "1d" else between(days, math.inf)  # the bars of a day are known with the data


@dataclass(frozen=True, slots=True)
class _Rule:
    """A condition with its signals spelled out."""

    place: FormulaPlace
    node: Node


def _rules(spec: Spec) -> Iterator[_Rule]:
    words, signals = vocabulary(spec), readable_signals(spec)
    for place in formula_places(spec):
        if not place.gives.endswith("condition"):
            continue
        try:
            written = parse(place.text)
            if check_formula(written, names=words.kinds) is not Kind.BOOLEAN:
                continue
        except FormulaError:
            continue
        node = spelled_out(written, signals)
        if not any(_is_open(spec.parameters[name]) for name in names_of(node) & spec.parameters.keys()):
            yield _Rule(place, node)


def _is_open(parameter: ParameterBase) -> bool:
    """Whether a parameter has no value that a formula can use."""
    value = getattr(parameter, "value", None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return parameter.status is Status.MISSING or parameter.unit not in NUMERIC or not is_number


def _never(spec: Spec, rule: _Rule, ranges: Ranges) -> Iterator[Finding]:
    pointer, why = rule.place.pointer, reason(rule.node, ranges, truth=False)
    if re.fullmatch(r"/selection/exit(_short)?", pointer):
        other = _other_exit(spec)
        ends = f"positions end only by {other}" if other else "a position is never left"
        say = warning if other else error
        yield say("exit_never_fires", pointer, f"{why}. So {rule.place.place} never fires and {ends}. {_ADVICE}")
    elif meaning := _meaning(_WHEN_NEVER, pointer):
        say = warning if pointer == _REGIME and _holds_something_else(spec) else error
        yield say("never_fires", pointer, f"{why}. So {rule.place.place} never fires: {meaning}. {_ADVICE}")


def _always(spec: Spec, rule: _Rule, ranges: Ranges) -> Iterator[Finding]:
    pointer = rule.place.pointer
    meaning = _meaning(_WHEN_ALWAYS, pointer)
    if meaning and not _is_last_case(spec, pointer):
        why = reason(rule.node, ranges, truth=True)
        yield warning("always_true", pointer, f"{why}. So {rule.place.place} decides nothing: {meaning}. {_ADVICE}")


def _meaning(table: dict[str, str], pointer: str) -> str | None:
    return next((meaning for pattern, meaning in table.items() if re.fullmatch(pattern, pointer)), None)


def _other_exit(spec: Spec) -> str | None:
    """What ends a position when its exit rule does not."""
    stops = [name.replace("_", " ") for name in STOPS if getattr(spec.overlay, name)]
    if isinstance(spec.universe, FilteredUniverse) and (spec.universe.where or spec.universe.by):
        stops.append("the filter of the universe")
    return " or ".join(stops) or None


def _holds_something_else(spec: Spec) -> bool:
    """Whether something is held out of the regime."""
    regime = spec.overlay.regime
    if regime is None:
        return True
    exposure = getattr(spec.parameters.get(regime.exposure or ""), "value", None)
    return bool(regime.instead) or bool(exposure)


def _is_last_case(spec: Spec, pointer: str) -> bool:
    """Whether nothing comes after a case of a switch, so that a condition that is always true only says "else"."""
    selection = spec.selection
    return (
        isinstance(selection, Switch)
        and not selection.otherwise
        and pointer == f"/selection/cases/{len(selection.cases) - 1}/when"
    )


def _no_exit(spec: Spec, nodes: dict[str, Node], ranges: Ranges) -> Iterator[Finding]:
    """Without an exit rule a position ends when its entry is no longer true: on the next day, when that is true on single
    days."""
    selection = spec.selection
    if not isinstance(selection, PerAsset) or any(getattr(spec.overlay, name) for name in STOPS):
        return
    sides = (("enter", selection.exit), ("enter_short", selection.exit_short))
    for side, leave in sides:
        node = nodes.get(f"/selection/{side}")
        if node is None or leave or is_decided(node, ranges, truth=False):
            continue
        if is_true_on_single_days(node, ranges):
            message = (
                "This entry is true on single days only, and without an exit rule a position ends with it: it lasts one day. "
                "State an exit rule, if it is to last longer."
            )
            yield warning("no_exit", f"/selection/{side}", message)


def _left_at_once(spec: Spec, nodes: dict[str, Node], ranges: Ranges) -> Iterator[Finding]:
    """Entries whose exit is true whenever they are: what is to be left is not entered."""
    if not isinstance(spec.selection, PerAsset):
        return
    for side, other in (("enter", "exit"), ("enter_short", "exit_short")):
        entry, leave = nodes.get(f"/selection/{side}"), nodes.get(f"/selection/{other}")
        if entry is None or leave is None or is_decided(entry, ranges, truth=False):
            continue
        if not is_decided(leave, ranges, truth=True) and _implies(entry, leave, ranges):
            message = (
                f"Whenever {short(entry)} is true, {short(leave)} is true too, and what is to be left is not entered: nothing is "
                f"held while both are defined. {_ADVICE}"
            )
            yield warning("entry_implies_exit", f"/selection/{side}", message)


def _implies(one: Node, other: Node, ranges: Ranges) -> bool:
    """Whether a condition that is true makes another true, as far as bounds on what they read can tell."""
    if len(either := list(conjuncts(one, "or"))) > 1:
        return all(_implies(part, other, ranges) for part in either)
    if len(both := list(conjuncts(other))) > 1:
        return all(_implies(one, part, ranges) for part in both)
    if len(either := list(conjuncts(other, "or"))) > 1:
        return any(_implies(one, part, ranges) for part in either)
    return is_decided(Binary("and", one, Unary("not", other)), ranges, truth=False)
