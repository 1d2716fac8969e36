"""A draft as named fields: what two readers say in different formulas and names becomes comparable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.domain.language import DraftParameter, DraftSpecification, FormulaError, Status, parse
from apps.domain.language.sections import (
    EqualWeights,
    InverseVolatilityWeights,
    Pairs,
    PerAsset,
    ProportionalWeights,
    Sorted,
    TopN,
    VolatilityTargetWeights,
)
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary

_KINDS = {"per_asset": "rule", "top_n": "sort", "sorted": "sort"}
_ROLES = {
    "trailing_return": {1: "lookback", 2: "skip"},
    "pct_change": {1: "lookback"},
    "sma": {1: "lookback"},
    "ema": {1: "lookback"},
    "wma": {1: "lookback"},
    "rsi": {1: "lookback"},
    "donchian_upper": {1: "lookback"},
    "donchian_lower": {1: "lookback"},
    "highest": {1: "lookback"},
    "lowest": {1: "lookback"},
    "volatility": {1: "lookback"},
    "std": {1: "lookback"},
    "beta": {2: "lookback"},
    "n_day_high_ratio": {1: "lookback"},
    "in_months": {0: "first_month", 1: "last_month"},
}
_TERMS = (
    ("rsi", {"rsi"}),
    ("beta", {"beta"}),
    ("breakout", {"donchian_upper", "donchian_lower", "highest", "lowest"}),
    ("average", {"sma", "ema", "wma"}),
    ("volatility", {"volatility", "std"}),
    ("past_return", {"trailing_return", "pct_change"}),
)


_PAIRS = {
    "formation": "formation",
    "lookback": "window",
    "size": "count",
    "refresh": "refresh",
    "spread_kind": "spread",
    "threshold": "enter",
    "exit_threshold": "exit",
    "stop_threshold": "stop",
    "max_hold": "max_hold",
}


@dataclass(frozen=True, slots=True)
class Read:
    """What a draft says of one field; structure has no parameter and so no status."""

    value: Any
    unit: str = ""
    status: Status | None = None
    parameter: DraftParameter | None = None


def canonical(draft: DraftSpecification) -> dict[str, Read]:
    """The fields of a draft under names that do not depend on its formulas' spelling."""
    return dict(_Canonical(draft).fields())


class _Canonical:
    def __init__(self, draft: DraftSpecification) -> None:
        self.draft = draft
        self.table = draft.parameters

    def fields(self) -> Iterator[tuple[str, Read]]:
        draft = self.draft
        yield "kind", Read(_KINDS.get(draft.selection.kind, draft.selection.kind))
        yield "sides", Read(self._sides())
        yield from self._named("universe", draft.universe.symbols)
        yield from self._selection()
        yield from self._inputs()
        yield from self._weights()
        yield from self._overlay()
        for name in ("rebalance", "anchor", "hold"):
            yield from self._named(name, getattr(draft.schedule, name))
        for name in ("fill", "cost", "spread", "per_share", "borrow", "max_leverage"):
            yield from self._named(name, getattr(draft.execution, name))
        for name in ("start", "end", "capital"):
            yield from self._named(name, getattr(draft.evaluation, name))

    def _named(self, field: str, name: str | None) -> Iterator[tuple[str, Read]]:
        parameter = self.table.get(name) if name else None
        if parameter is not None:
            yield field, Read(parameter.value, parameter.unit.value, parameter.status, parameter)

    def _sides(self) -> str:
        selection = self.draft.selection
        if isinstance(selection, Pairs):
            return "long_short"
        if isinstance(selection, Sorted):
            return "long_short" if selection.long and selection.short else "short" if selection.short else "long"
        if isinstance(selection, PerAsset):
            return "long_short" if selection.enter_short and selection.enter else "long" if selection.enter else "short"
        return "long"

    def _selection(self) -> Iterator[tuple[str, Read]]:
        selection = self.draft.selection
        if isinstance(selection, TopN):
            yield from self._sort(selection.by, selection.side, selection.count)
        elif isinstance(selection, Sorted):
            sort = next(reversed(selection.long or selection.short or []), None)
            if sort is not None and sort.by is not None:
                yield from self._sort(sort.by, sort.keep, sort.size)
        elif isinstance(selection, PerAsset):
            yield from self._rule(selection)
        elif isinstance(selection, Pairs):
            for field, name in _PAIRS.items():
                yield from self._named(field, getattr(selection, name))

    def _sort(self, by: str, keep: str, size: str | None) -> Iterator[tuple[str, Read]]:
        yield "sort", Read(f"{self._term(by)[0]} {_flip(by, keep)}")
        yield from self._values(by, "lookback")
        yield from self._named("size", size)

    def _rule(self, selection: PerAsset) -> Iterator[tuple[str, Read]]:
        entry = dict(self._values(selection.enter, "lookback")) if selection.enter else {}
        if selection.enter:
            yield "entry", Read("_".join(self._term(selection.enter)))
            yield from entry.items()
        if selection.exit:
            yield "exit", Read("_".join(self._term(selection.exit)))
            about = [read.parameter for read in entry.values()]
            for field, read in self._values(selection.exit, "exit_window"):
                if read.parameter not in about:
                    yield field, read

    def _inputs(self) -> Iterator[tuple[str, Read]]:
        for given in self.draft.data.inputs.values():
            if given.kind == "fact":
                yield from self._named("lag", given.lag)

    def _weights(self) -> Iterator[tuple[str, Read]]:
        weights = self.draft.weights
        word = weights.kind
        if isinstance(weights, EqualWeights) and weights.over == "universe":
            word = "equal_universe"  # type: ignore[assignment]
        if isinstance(weights, ProportionalWeights):
            word = "value" if "market_cap" in self._term(weights.by) else "signal"  # type: ignore[assignment]
        yield "weights", Read(word)
        if isinstance(weights, InverseVolatilityWeights | VolatilityTargetWeights):
            yield from self._named("vol_window", weights.window)
        if isinstance(weights, VolatilityTargetWeights):
            yield from self._named("vol_target", weights.target)

    def _overlay(self) -> Iterator[tuple[str, Read]]:
        overlay = self.draft.overlay
        for name in ("stop_loss", "take_profit", "trailing_stop", "time_stop"):
            yield from self._named(name, getattr(overlay, name))
        if overlay.volatility is not None:
            yield from self._named("portfolio_vol", overlay.volatility.target)
            yield from self._named("max_leverage", overlay.volatility.max_leverage)
        if overlay.regime is None:
            return
        term = "_".join(self._term(overlay.regime.when))
        if term == "months":
            yield from self._values(overlay.regime.when, "")
            return
        yield "regime", Read(f"market_{term}")
        yield from self._values(overlay.regime.when, "regime_window")
        instead = self.table.get(overlay.regime.instead or "")
        yield "instead", Read("bills") if instead is not None else Read("cash")

    def _tree(self, formula: str) -> Node:
        return self._inlined(parse(formula))

    def _inlined(self, node: Node) -> Node:
        if isinstance(node, Name) and node.id in self.draft.signals:
            return self._inlined(parse(self.draft.signals[node.id]))
        if isinstance(node, Call):
            return Call(node.function, tuple(self._inlined(a) for a in node.arguments))
        if isinstance(node, Binary):
            return Binary(node.op, self._inlined(node.left), self._inlined(node.right))
        if isinstance(node, Unary):
            return Unary(node.op, self._inlined(node.operand))
        return node

    def _term(self, formula: str) -> tuple[str, ...]:
        """What a formula is about, and for a condition which way it points."""
        try:
            tree = self._tree(formula)
        except FormulaError:
            return ("unreadable",)
        calls = {n.function for n in _walk(tree) if isinstance(n, Call)}
        names = {n.id for n in _walk(tree) if isinstance(n, Name)}
        calendar = _calendar(calls, names)
        if calendar:
            return (calendar,)
        sources = sorted(str(self._source(name)) for name in names & self.draft.data.inputs.keys())
        if sources and not calls & {"sma", "ema"}:
            return ("book_to_market",) if sources == ["book_equity", "market_cap"] else ("+".join(sources),)
        about = next((term for term, functions in _TERMS if calls & functions), "other")
        if not isinstance(tree, Binary) or tree.op not in {">", ">=", "<", "<="}:
            return (about,)
        return _pointed(about, tree)

    def _source(self, name: str) -> object:
        given = self.draft.data.inputs[name]
        parameter = self.table.get(getattr(given, "source", ""))
        return parameter.value if parameter is not None else name

    def _values(self, formula: str, window: str) -> Iterator[tuple[str, Read]]:
        """The parameters of a formula by the part they play in it."""
        try:
            tree = self._tree(formula)
        except FormulaError:
            return
        places = [
            (_ROLES[call.function][at], argument.id)
            for call in _walk(tree)
            if isinstance(call, Call) and call.function in _ROLES
            for at, argument in enumerate(call.arguments)
            if isinstance(argument, Name) and at in _ROLES[call.function]
        ]
        windows = list(dict.fromkeys(name for role, name in places if role == "lookback"))
        if len(windows) > 1:
            windows.sort(key=lambda name: _days(self.table.get(name)))
            yield from self._named("fast", windows[0])
        if windows:
            yield from self._named(window, windows[-1])
        yield from self._named("skip", next((name for role, name in places if role == "skip"), None))
        months = [
            self._number(a)
            for c in _walk(tree)
            if isinstance(c, Call) and c.function == "in_months"
            for a in c.arguments
        ]
        if len(months) >= 2 and None not in months[:2]:
            yield "months", Read(f"{months[0]:g}-{months[1]:g}")
        for level in _levels(tree):
            yield from self._named(*level)

    def _number(self, node: Node) -> float | None:
        if isinstance(node, Number):
            return node.value
        parameter = self.table.get(node.id) if isinstance(node, Name) else None
        return float(parameter.value) if parameter and isinstance(parameter.value, int | float) else None


def _levels(tree: Node) -> Iterator[tuple[str, str]]:
    """(field, parameter) of every comparison with a parameter."""
    for node in _walk(tree):
        if not (isinstance(node, Binary) and isinstance(node.right, Name)):
            continue
        left = node.left
        if isinstance(left, Call) and left.function == "rsi":
            yield ("buy_below" if "<" in node.op else "sell_above", node.right.id)
        elif isinstance(left, Call) and left.function in {"trailing_return", "pct_change"}:
            yield "threshold", node.right.id
        elif isinstance(left, Name):
            known = {
                "trading_days_left_in_month": "days_before",
                "trading_day_of_month": "days_after",
                "weekday": "weekday",
            }
            if left.id in known:
                yield known[left.id], node.right.id


def _pointed(about: str, tree: Binary) -> tuple[str, ...]:
    up = ">" in tree.op
    if about == "average":
        n = sum(isinstance(n, Call) and n.function in {"sma", "ema", "wma"} for n in _walk(tree))
        return ("average_cross",) if n > 1 else ("above_average" if up else "below_average",)
    if about == "past_return":
        return ("past_return_positive" if up else "past_return_negative",)
    if about == "breakout":
        return ("breakout_high" if up else "breakout_low",)
    return (about, "above" if up else "below")


def _calendar(calls: set[str], names: set[str]) -> str:
    if names & {"trading_days_left_in_month", "trading_day_of_month"}:
        return "turn_of_month"
    if "in_months" in calls or "month" in names:
        return "months"
    return "weekday" if "weekday" in names else ""


def _flip(by: str, side: str) -> str:
    high = side == "top"
    return "high" if high != bool(re.match(r"\s*-", by)) else "low"


def _days(parameter: DraftParameter | None) -> float:
    if parameter is None or not isinstance(parameter.value, int | float):
        return 0.0
    return float(parameter.value) * {"weeks": 5, "months": 21, "years": 252}.get(parameter.unit.value, 1)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Call):
        for argument in node.arguments:
            yield from _walk(argument)
    elif isinstance(node, Binary):
        yield from _walk(node.left)
        yield from _walk(node.right)
    elif isinstance(node, Unary):
        yield from _walk(node.operand)
