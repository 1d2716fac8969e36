"""Checks of how the sections fit together: what is complete, what contradicts itself, what would read the future."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from apps.domain.language.finding import Finding, error, warning
from apps.domain.language.functions import CALENDAR_NAMES
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.parameters import DURATIONS
from apps.domain.language.quantities import trading_days
from apps.domain.language.references import Spec, formula_places
from apps.domain.language.sections import (
    PERIOD_DAYS,
    STOPS,
    EqualWeights,
    FilteredUniverse,
    FixedWeights,
    Pairs,
    PerAsset,
    Sorted,
    VolatilityTargetWeights,
)
from apps.domain.language.typecheck import names_of
from apps.domain.language.vocabulary import Vocabulary, vocabulary

_INTRADAY_NAMES = frozenset({"minute_of_day", "bar_of_day", "bars_left_in_day"})


def rule_findings(spec: Spec, *, sources: Collection[str] | None) -> Iterator[Finding]:
    """What is wrong with the sections together. `sources` are the series, fields and tables that there are; None leaves
    the check out."""
    words = vocabulary(spec)
    yield from _complete(spec)
    yield from _groups(spec)
    yield from _timing(spec, words)
    yield from _orders(spec)
    yield from _schedule(spec)
    yield from _exits(spec)
    yield from _leverage(spec)
    yield from _pairs(spec)
    yield from _fineness(spec)
    if sources is not None:
        yield from _sources(spec, sources)


def _value(spec: Spec, name: str | None) -> Any:
    return getattr(spec.parameters.get(name), "value", None) if name else None


def _number(spec: Spec, name: str | None) -> float | None:
    value = _value(spec, name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _complete(spec: Spec) -> Iterator[Finding]:
    if isinstance(spec.selection, PerAsset):
        yield from _entries(spec.selection)
    if isinstance(spec.selection, Sorted):
        yield from _legs(spec.selection)
    universe = spec.universe
    if isinstance(universe, FilteredUniverse) and bool(universe.by) != bool(universe.size):
        message = "A ranked universe needs both the formula and the size."
        yield error("incomplete_universe", "/universe", message)


def _entries(selection: PerAsset) -> Iterator[Finding]:
    if not (selection.enter or selection.enter_short):
        yield error("no_entry", "/selection", "Nothing can be bought or sold short: state an entry rule.")
    sides = (("", selection.enter, selection.exit), ("_short", selection.enter_short, selection.exit_short))
    for side, enter, leave in sides:
        if leave and not enter:
            yield error("no_entry", f"/selection/exit{side}", "There is an exit rule without an entry rule.")


def _legs(selection: Sorted) -> Iterator[Finding]:
    legs = {"long": selection.long, "short": selection.short}
    if not any(legs.values()):
        yield error("no_leg", "/selection", "Nothing is held: state the sorts of a long or a short leg.")
    for leg, sorts in legs.items():
        for place, sort in enumerate(sorts or ()):
            if bool(sort.by) != bool(sort.size) or not (sort.by or sort.where):
                message = "A sort needs a formula and a size (a number or a fraction), or a condition."
                yield error("incomplete_sort", f"/selection/{leg}/{place}", message)


def _groups(spec: Spec) -> Iterator[Finding]:
    if not isinstance(spec.selection, Sorted):
        return
    for leg, sorts in (("long", spec.selection.long), ("short", spec.selection.short)):
        for place, sort in enumerate(sorts or ()):
            given = spec.data.inputs.get(sort.within) if sort.within else None
            if sort.within and (given is None or given.kind != "group"):
                message = f"“{sort.within}” is no grouping; add it under data, inputs, with kind “group”."
                yield error("unknown_group", f"/selection/{leg}/{place}/within", message)


def _timing(spec: Spec, words: Vocabulary) -> Iterator[Finding]:
    """Fills and sessions that do not go together, and trades at the close that decides them."""
    session = spec.execution.session
    fill = _value(spec, spec.execution.fill)
    if session == "overnight" and fill == "next_open":
        message = "Overnight positions are taken at a close: fill at the next close, or at the same close."
        yield error("session_fill", "/execution/session", message)
    if session == "intraday" and fill not in {None, "next_open"}:
        message = "Positions of a day are taken at its open: fill at the next open."
        yield error("session_fill", "/execution/session", message)
    if fill == "same_close":
        yield from look_ahead(spec, words)


def look_ahead(spec: Spec, words: Vocabulary | None = None) -> Iterator[Finding]:
    """What reads prices of the day on whose close it would trade: a trade comes after its decision, and only rules that
    read the calendar alone may trade at the close they decide at."""
    words = words or vocabulary(spec)
    for place in formula_places(spec):
        if place.pointer.startswith("/signals/"):
            continue  # counted where it is used
        if not _ahead(place.text, words):
            message = (
                f"{place.place[:1].upper()}{place.place[1:]} reads prices of the day on whose close it would trade. Only "
                "rules that read the calendar alone may fill at the same close: fill at the next open or close."
            )
            yield error("look_ahead", place.pointer, message)
    if not isinstance(spec.weights, EqualWeights | FixedWeights) or spec.overlay.volatility:
        message = "Weights read prices of the day on whose close they would trade: fill at the next open or close."
        yield error("look_ahead", "/weights", message)
    if isinstance(spec.selection, Pairs):
        message = "Pairs read prices of the day on whose close they would trade: fill at the next open or close."
        yield error("look_ahead", "/selection", message)


def _ahead(text: str, words: Vocabulary) -> bool:
    try:
        return words.is_known_ahead(parse(text))
    except FormulaError:
        return True  # said elsewhere


def _orders(spec: Spec) -> Iterator[Finding]:
    execution = spec.execution
    for kind, wanted, given in (("limit", {"limit", "stop_limit"}, execution.limit),
                                ("stop", {"stop", "stop_limit"}, execution.stop)):  # fmt: skip
        if execution.order in wanted and not given:
            message = f"A {execution.order.replace('_', '-')} order needs the formula of its {kind} price."
            yield error("no_price", f"/execution/{kind}", message)
        if given and execution.order not in wanted:
            message = f"The {kind} price is not used: the orders are {execution.order.replace('_', '-')} orders."
            yield warning("unused_price", f"/execution/{kind}", message)
    if execution.order != "market" and execution.session != "whole_day":
        message = "Orders with a price are for whole-day positions; overnight and intraday ones trade at the market."
        yield error("order_session", "/execution/order", message)


def _schedule(spec: Spec) -> Iterator[Finding]:
    schedule = spec.schedule
    anchor = _number(spec, schedule.anchor)
    if anchor is not None and not 1 <= anchor <= 12:
        yield error("bad_month", f"/parameters/{schedule.anchor}", "A month is a number from 1 to 12.")
    period = PERIOD_DAYS.get(str(_value(spec, schedule.rebalance)))
    hold = _days(spec, schedule.hold)
    if period and hold is not None and hold < period:
        message = "The holding period is shorter than the time between two decisions; rebalance more often."
        yield error("short_hold", f"/parameters/{schedule.hold}", message)
    if schedule.hold and schedule.drift:
        message = "Overlapping tranches and positions that are left alone contradict each other; choose one."
        yield error("hold_and_drift", "/schedule/drift", message)


def _days(spec: Spec, name: str | None) -> int | None:
    parameter, value = spec.parameters.get(name or ""), _number(spec, name)
    if parameter is None or value is None or parameter.unit not in DURATIONS:
        return None
    return trading_days(value, parameter.unit)


def _exits(spec: Spec) -> Iterator[Finding]:
    overlay, selection = spec.overlay, spec.selection
    stops = [name for name in STOPS if getattr(overlay, name)]
    if overlay.drawdown_wait and not overlay.drawdown_stop:
        yield error("no_stop", "/overlay/drawdown_wait", "There is a pause after a drawdown stop, but no such stop.")
    if isinstance(selection, PerAsset):
        if stops and not isinstance(spec.weights, EqualWeights | VolatilityTargetWeights):
            message = "With stops per position, weights are equal or by a volatility target per instrument."
            yield error("stop_weights", "/weights", message)
        if stops and (spec.overlay.volatility or spec.schedule.hold or spec.schedule.drift):
            message = "Stops per position do not go with a volatility target of the portfolio, tranches or drift."
            yield error("stop_overlay", f"/overlay/{stops[0]}", message)


def _leverage(spec: Spec) -> Iterator[Finding]:
    gross = _number(spec, spec.weights.gross_long)
    most = _number(spec, spec.execution.max_leverage)
    if isinstance(spec.weights, FixedWeights):
        stated = [_number(spec, name) for name in spec.weights.weights.values()]
        if all(share is not None for share in stated):
            gross = sum(abs(share or 0.0) for share in stated)
    if gross is not None and most is not None and gross > most:
        message = (
            f"The weights come to {gross:g} times equity, above the largest leverage of {most:g}; they are scaled down."
        )
        yield warning("leverage", "/execution/max_leverage", message)
    if gross is not None and gross > 1.0 + 1e-9 and not spec.execution.financing:
        message = f"The long weights come to {gross:g} times equity, and borrowed cash costs nothing here."
        yield warning("free_leverage", "/execution/financing", message)
    if _may_be_short(spec) and not spec.execution.borrow:
        yield warning("free_short", "/execution/borrow", "Short positions cost no borrow fee here.")


def _may_be_short(spec: Spec) -> bool:
    selection = spec.selection
    if isinstance(selection, PerAsset):
        return selection.enter_short is not None
    if isinstance(selection, Sorted):
        return bool(selection.short)
    if isinstance(spec.weights, FixedWeights):
        return any((_number(spec, name) or 0.0) < 0.0 for name in spec.weights.weights.values())
    return isinstance(selection, Pairs)


def _pairs(spec: Spec) -> Iterator[Finding]:
    if not isinstance(spec.selection, Pairs):
        return
    enter, leave = _number(spec, spec.selection.enter), _number(spec, spec.selection.exit)
    stop = _number(spec, spec.selection.stop)
    if enter is not None and leave is not None and leave >= enter:
        message = "The spread is left before it is entered: the exit threshold must be below the entry threshold."
        yield error("pair_thresholds", f"/parameters/{spec.selection.exit}", message)
    if enter is not None and stop is not None and stop <= enter:
        message = "The stop threshold must be above the entry threshold."
        yield error("pair_thresholds", f"/parameters/{spec.selection.stop}", message)
    if _value(spec, spec.schedule.rebalance) not in {None, "daily"}:
        message = "Spreads are looked at on decision days only; decide daily to follow them."
        yield warning("pair_schedule", "/schedule/rebalance", message)


def _fineness(spec: Spec) -> Iterator[Finding]:
    used: set[str] = set()
    for place in formula_places(spec):
        try:
            used |= names_of(parse(place.text))
        except FormulaError:
            continue
    if spec.data.bars == "1d":
        for name in sorted(used & _INTRADAY_NAMES):
            message = f"“{name}” needs bars within the day; choose data.bars of an hour or less."
            yield error("needs_intraday", "/data/bars", message)
    read = used - spec.signals.keys() - spec.parameters.keys() - CALENDAR_NAMES.keys()
    slow = {name for name, given in spec.data.inputs.items() if given.kind == "fact"}
    period = PERIOD_DAYS.get(str(_value(spec, spec.schedule.rebalance)))
    if read and read <= slow and period is not None and period < PERIOD_DAYS["monthly"]:
        message = (
            "The rules read reported figures alone, which change a few times a year; rebalancing this often only costs."
        )
        yield warning("finer_than_data", "/schedule/rebalance", message)


def _sources(spec: Spec, sources: Collection[str]) -> Iterator[Finding]:
    for name, given in spec.data.inputs.items():
        source = None if given.kind == "instrument" else _value(spec, given.source)
        if isinstance(source, str) and source not in sources:
            message = f"Data missing: {source} (for “{name}”). Load it, or choose another source."
            yield error("data_missing", f"/data/inputs/{name}", message)
