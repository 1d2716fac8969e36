"""Say a strategy in plain English."""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from apps.domain.language.explain_formula import FormulaWords
from apps.domain.language.parameters import Status
from apps.domain.language.quantities import format_value
from apps.domain.language.references import Spec
from apps.domain.language.sections import (
    AllMembers,
    EqualWeights,
    FilteredUniverse,
    FixedWeights,
    InverseVolatilityWeights,
    Pairs,
    PerAsset,
    ProportionalWeights,
    RankWeights,
    Sort,
    Sorted,
    Switch,
    TopN,
    VolatilityTargetWeights,
)

_PERIODS = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "semiannual": "half-year", "yearly": "year",
}  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_NOT_STATED = "(not stated)"


def explain(spec: Spec) -> list[str]:
    """Sentences that a portfolio manager can check against the document. Missing values read "(not stated)"."""
    words = _Words(spec)
    return [
        *_universe(words),
        *_selection(spec.selection, words),
        *_weights(spec.weights, words),
        *_overlay(words),
        *_execution(words),
        _window(words),
    ]


def explain_formula(formula: str, spec: Spec) -> str:
    """A formula in words, signals and parameters filled in; a formula that cannot be read is quoted.

    Signals that are circular, or too large to spell out, stand by their names.
    """
    return FormulaWords(spec).say(formula)


class _Words:
    """The words for the parameters and formulas of one strategy."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.say = FormulaWords(spec).say

    def value(self, name: str | None) -> str:
        """A parameter's value in words."""
        parameter: Any = self.spec.parameters.get(name) if name else None
        if parameter is None or parameter.value is None or parameter.status is Status.MISSING:
            return _NOT_STATED
        return format_value(parameter.value, parameter.unit)

    def raw(self, name: str | None) -> Any:
        """A parameter's value as data; None when it is a question."""
        return getattr(self.spec.parameters.get(name), "value", None) if name else None

    def when(self) -> str:
        """The decision day, to begin a sentence with."""
        schedule = self.spec.schedule
        choice = self.raw(schedule.rebalance)
        if choice == "daily":
            base = "Every day, at the close"
        elif choice == "once":
            base = "Once, at the first close"
        elif period := _PERIODS.get(str(choice), ""):
            edge = self._edge()
            base = f"Each {period}, at the close of its {edge} trading day"
            month = self.raw(schedule.anchor)
            if isinstance(month, int) and 1 <= month <= 12:
                base = f"{base} ({'ending' if schedule.on == 'last' else 'beginning'} in {_MONTHS[month - 1]})"
        else:
            base = f"At each rebalancing {_NOT_STATED}, at the close"
        return f"{base}, when {self.say(schedule.when)}" if schedule.when else base

    def _edge(self) -> str:
        schedule = self.spec.schedule
        day = self.raw(schedule.day)
        if not isinstance(day, int) or day <= 1:
            return schedule.on
        nth = f"{day}{'th' if 10 <= day % 100 <= 20 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
        return nth if schedule.on == "first" else f"{nth} last"


def _universe(words: _Words) -> Iterator[str]:
    spec, universe = words.spec, words.spec.universe
    chosen = words.raw(universe.symbols)
    whom = "every instrument" if chosen == [] else words.value(universe.symbols)
    yield f"Trade {whom} of the data set {words.value(spec.data.dataset)}."
    if isinstance(universe, FilteredUniverse):
        conditions = [words.say(text) for text in universe.where]
        only = f" for which {' and '.join(conditions)}" if conditions else ""
        most = ""
        if universe.by and universe.size:
            best = "highest" if universe.keep == "top" else "lowest"
            most = f", and of those the {words.value(universe.size)} with the {best} {words.say(universe.by)}"
        period = _PERIODS.get(str(words.raw(universe.refresh)), "day")
        yield f"Of these, only instruments{only or ' that have a price'}{most}; the list is renewed every {period}."


@singledispatch
def _selection(selection: object, words: _Words) -> Iterator[str]:
    raise NotImplementedError(type(selection))


@_selection.register
def _(selection: AllMembers, words: _Words) -> Iterator[str]:
    yield f"{words.when()}, take every instrument of the universe."


@_selection.register
def _(selection: PerAsset, words: _Words) -> Iterator[str]:
    sides = (("hold", "Sell it", selection.enter, selection.exit),
             ("sell short", "Cover it", selection.enter_short, selection.exit_short))  # fmt: skip
    for deed, undo, enter, leave in sides:
        if enter is None:
            continue
        yield f"{words.when()}, {deed} an instrument from when {words.say(enter)}."
        yield f"{undo} when {words.say(leave)}." if leave else "Hold cash instead when that no longer holds."


@_selection.register
def _(selection: TopN, words: _Words) -> Iterator[str]:
    best = "highest" if selection.side == "top" else "lowest"
    ranked = f"{words.when()}, rank the instruments by {words.say(selection.by)}"
    yield f"{ranked}; hold the {words.value(selection.count)} with the {best} value."


@_selection.register
def _(selection: Sorted, words: _Words) -> Iterator[str]:
    join = ", and of those " if selection.combine == "sequential" else ", and also "
    for deed, sorts in (("buy", selection.long), ("sell short", selection.short)):
        if sorts:
            yield f"{words.when()}, {deed} {join.join(_sort(sort, words) for sort in sorts)}."


def _sort(sort: Sort, words: _Words) -> str:
    said = []
    if sort.where:
        said.append(f"the instruments for which {words.say(sort.where)}")
    if sort.by:
        best = "highest" if sort.keep == "top" else "lowest"
        within = f" within each {sort.within.replace('_', ' ')}" if sort.within else ""
        said.append(f"the {words.value(sort.size)} with the {best} {words.say(sort.by)}{within}")
    return ", of these ".join(said)


@_selection.register
def _(selection: Switch, words: _Words) -> Iterator[str]:
    for place, case in enumerate(selection.cases):
        start = f"{words.when()}, " if place == 0 else "Else "
        yield f"{start}if {words.say(case.when)}, hold {_held(case.hold, words)}."
    yield f"Otherwise hold {_held(selection.otherwise, words) if selection.otherwise else 'cash'}."


def _held(name: str, words: _Words) -> str:
    return "cash" if words.raw(name) == [] else words.value(name)


@_selection.register
def _(selection: Pairs, words: _Words) -> Iterator[str]:
    yield (
        f"Every {_PERIODS.get(str(words.raw(selection.refresh)), 'period')}, choose the {words.value(selection.count)} pairs "
        f"of the universe that moved together most by {words.value(selection.formation)} over {words.value(selection.window)}."
    )
    yield (
        f"When the {words.value(selection.spread)} of a pair is {words.value(selection.enter)} standard deviations from its "
        "mean, buy the cheap one and sell the dear one short; "
        f"close both when it is back within {words.value(selection.exit)}."
    )
    if selection.stop:
        yield f"Close both as well when the spread reaches {words.value(selection.stop)} deviations."
    if selection.max_hold:
        yield f"Close both after {words.value(selection.max_hold)} at the latest."


@singledispatch
def _scheme(weights: object, words: _Words) -> str:
    raise NotImplementedError(type(weights))


@_scheme.register
def _(weights: EqualWeights, words: _Words) -> str:
    if weights.over == "universe":
        return "Each instrument of the universe has the same share of the capital; what is not held stays in cash."
    return "What is held has equal weights."


@_scheme.register
def _(weights: ProportionalWeights, words: _Words) -> str:
    return f"Weights are in proportion to {words.say(weights.by)}."


@_scheme.register
def _(weights: RankWeights, words: _Words) -> str:
    return f"Weights follow the rank of {words.say(weights.by)}."


@_scheme.register
def _(weights: InverseVolatilityWeights, words: _Words) -> str:
    return f"Weights are in proportion to one over the volatility of the last {words.value(weights.window)}."


@_scheme.register
def _(weights: VolatilityTargetWeights, words: _Words) -> str:
    return (
        f"Each instrument is sized to a volatility of {words.value(weights.target)} a year, measured over the last "
        f"{words.value(weights.window)}."
    )


@_scheme.register
def _(weights: FixedWeights, words: _Words) -> str:
    shares = ", ".join(f"{symbol} {words.value(name)}" for symbol, name in weights.weights.items())
    return f"The weights are {shares}."


def _weights(weights: Any, words: _Words) -> Iterator[str]:
    yield _scheme(weights, words)
    for leg, gross in (("long", weights.gross_long), ("short", weights.gross_short)):
        if gross:
            yield f"The {leg} leg has a gross weight of {words.value(gross)}."
    if weights.cap:
        yield f"No name weighs more than {words.value(weights.cap)}."
    if weights.beta:
        yield f"Each leg is scaled to a beta of one, by {words.say(weights.beta)}."
    schedule = words.spec.schedule
    if schedule.hold:
        yield f"Each selection is held for {words.value(schedule.hold)}, in overlapping tranches."
    if schedule.drift:
        yield "What stays selected is left as it is."


def _overlay(words: _Words) -> Iterator[str]:
    overlay = words.spec.overlay
    if overlay.regime:
        less = words.value(overlay.regime.exposure) if overlay.regime.exposure else "nothing"
        instead = f", and {words.value(overlay.regime.instead)} with the rest" if overlay.regime.instead else ""
        yield f"Unless {words.say(overlay.regime.when)}, hold {less} of that{instead}."
    if overlay.volatility:
        most = (
            f", at most {words.value(overlay.volatility.max_leverage)} times" if overlay.volatility.max_leverage else ""
        )
        yield (
            f"The portfolio is scaled to a volatility of {words.value(overlay.volatility.target)} a year, measured over the "
            f"last {words.value(overlay.volatility.window)}{most}."
        )
    for name, sentence in (
        (overlay.stop_loss, "Close a position that has lost {} of its entry price."),
        (overlay.take_profit, "Close a position that has gained {} on its entry price."),
        (overlay.trailing_stop, "Close a position that has fallen {} from its best price."),
        (overlay.time_stop, "Close a position after {}."),
        (overlay.drawdown_stop, "Close everything when equity has fallen {} from its high."),
        (overlay.drawdown_wait, "Trading resumes {} later."),
    ):
        if name:
            yield sentence.format(words.value(name))


def _execution(words: _Words) -> Iterator[str]:
    execution = words.spec.execution
    fill, cost = words.value(execution.fill), words.value(execution.cost)
    order = execution.order.replace("_", "-")
    orders = "Orders" if order == "market" else f"{order.capitalize()} orders"
    if fill == _NOT_STATED:
        yield f"When orders fill is {_NOT_STATED}; they cost {cost} one way."
    elif words.raw(execution.fill) == "same_close":
        yield f"{orders} fill at the close of the decision day and cost {cost} one way."
    else:
        yield f"{orders} fill at the {fill} after the decision and cost {cost} one way."
    for price, text in (("limit", execution.limit), ("stop", execution.stop)):
        if text:
            yield f"The {price} price is {words.say(text)}."
    if execution.session != "whole_day":
        yield {"overnight": "Positions are taken at the close and left at the next open.",
               "intraday": "Positions are taken at the open and left at that day's close."}[execution.session]  # fmt: skip
    yield from _charges(words)


def _charges(words: _Words) -> Iterator[str]:
    execution = words.spec.execution
    more = (
        (execution.per_share, "{} per share"), (execution.minimum, "at least {} an order"),
        (execution.spread, "a spread of {}"), (execution.impact, "an impact of {} for the whole volume of a bar"),
        (execution.borrow, "a borrow cost of {} a year on shorts"), (execution.financing, "{} a year on borrowed cash"),
    )  # fmt: skip
    if charged := [sentence.format(words.value(name)) for name, sentence in more if name]:
        yield f"Charged as well: {', '.join(charged)}."
    if execution.participation:
        yield f"At most {words.value(execution.participation)} of a bar's volume is traded."
    if execution.interest:
        yield f"Cash earns {words.value(execution.interest)} a year."
    if execution.max_leverage:
        yield f"Gross exposure is at most {words.value(execution.max_leverage)} times equity."
    if execution.whole_shares:
        yield "Only whole shares are traded."


def _window(words: _Words) -> str:
    evaluation = words.spec.evaluation
    first = words.value(evaluation.start) if evaluation.start else "the first day of the data"
    last = words.value(evaluation.end) if evaluation.end else "the last day of the data"
    against = f", compared with {words.value(evaluation.benchmark)}" if evaluation.benchmark else ""
    return f"Tested from {first} to {last} with a capital of {words.value(evaluation.capital)}{against}."
