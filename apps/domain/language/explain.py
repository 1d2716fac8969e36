"""Say a strategy in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.domain.language.formula_checks import overgrown
from apps.domain.language.functions import FUNCTIONS, Kind
from apps.domain.language.grammar import FormulaError, parse, print_formula
from apps.domain.language.quantities import format_value
from apps.domain.language.references import Spec, signals_in_order
from apps.domain.language.schema import ParameterBase, PerAsset, Status
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary

_COMPARISONS = {
    ">": "is above",
    ">=": "is at or above",
    "<": "is below",
    "<=": "is at or below",
    "==": "equals",
    "!=": "differs from",
}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_FIELDS = {"open": "the open", "high": "the high", "low": "the low", "close": "the close", "volume": "the volume"}
_PERIODS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year"}
_NOT_STATED = "(not stated)"


def explain(spec: Spec) -> list[str]:
    """Sentences that a portfolio manager can check against the document. Missing values read "(not stated)"."""
    return [_universe(spec), *_rules(spec), _weights(spec), _execution(spec), _window(spec)]


def explain_formula(formula: str | Node, spec: Spec) -> str:
    """A formula in words, signals and parameters filled in; a formula that cannot be read is quoted.

    Signals that are circular, or too large to spell out, stand by their names.
    """
    try:
        node = parse(formula) if isinstance(formula, str) else formula
    except FormulaError:
        return f"“{formula}”"
    return _say(_spelled_out(node, _readable_signals(spec)), spec)


def _readable_signals(spec: Spec) -> dict[str, Node]:
    """The trees of the signals, those within them put in."""
    trees: dict[str, Node] = {}
    if overgrown(spec):
        return trees
    for name in signals_in_order(spec):
        try:
            trees[name] = _spelled_out(parse(spec.signals[name]), trees)
        except FormulaError:
            continue
    return trees


def _spelled_out(node: Node, signals: Mapping[str, Node]) -> Node:
    match node:
        case Name(id) if id in signals:
            return signals[id]
        case Unary(op, operand):
            return Unary(op, _spelled_out(operand, signals))
        case Binary(op, left, right):
            return Binary(op, _spelled_out(left, signals), _spelled_out(right, signals))
        case Call(function, arguments):
            return Call(function, tuple(_spelled_out(argument, signals) for argument in arguments))
        case _:
            return node


def _value(spec: Spec, name: str | None) -> str:
    return _said(spec.parameters, name) if name else _NOT_STATED


def _said(parameters: Mapping[str, ParameterBase], name: str) -> str:
    parameter: Any = parameters.get(name)
    if parameter is None or parameter.value is None or parameter.status is Status.MISSING:
        return _NOT_STATED
    return format_value(parameter.value, parameter.unit)


def _universe(spec: Spec) -> str:
    parameter: Any = spec.parameters.get(spec.universe.symbols)
    chosen = getattr(parameter, "value", None)
    whom = "every instrument" if chosen == [] else _value(spec, spec.universe.symbols)
    return f"Trade {whom} of the data set {_value(spec, spec.data.dataset)}."


def _when(spec: Spec) -> str:
    parameter: Any = spec.parameters.get(spec.schedule.rebalance)
    choice = getattr(parameter, "value", None)
    if choice == "daily":
        return "Every day, at the close"
    period = _PERIODS.get(str(choice), "")
    if not period:
        return f"At each rebalancing {_NOT_STATED}, at the close"
    return f"Each {period}, at the close of its {spec.schedule.on} trading day"


def _rules(spec: Spec) -> list[str]:
    selection = spec.selection
    if isinstance(selection, PerAsset):
        sentences = [f"{_when(spec)}, hold an instrument from when {explain_formula(selection.enter, spec)}."]
        if selection.exit:
            return [*sentences, f"Sell it when {explain_formula(selection.exit, spec)}."]
        return [*sentences, "Hold cash instead when that no longer holds."]
    best = "highest" if selection.side == "top" else "lowest"
    ranked = f"{_when(spec)}, rank the instruments by {explain_formula(selection.by, spec)}"
    return [f"{ranked}; hold the {_value(spec, selection.count)} with the {best} value."]


def _weights(spec: Spec) -> str:
    if spec.weights.over == "universe":
        return "Each instrument of the universe has the same share of the capital; what is not held stays in cash."
    return "What is held has equal weights."


def _execution(spec: Spec) -> str:
    fill, cost = _value(spec, spec.execution.fill), _value(spec, spec.execution.cost)
    if fill == _NOT_STATED:
        return f"When orders fill is {_NOT_STATED}; they cost {cost} one way."
    return f"Orders fill at the {fill} after the decision and cost {cost} one way."


def _window(spec: Spec) -> str:
    start, end = spec.evaluation.start, spec.evaluation.end
    first = _value(spec, start) if start else "the first day of the data"
    last = _value(spec, end) if end else "the last day of the data"
    against = f", compared with {_value(spec, spec.evaluation.benchmark)}" if spec.evaluation.benchmark else ""
    return f"Tested from {first} to {last} with a capital of {_value(spec, spec.evaluation.capital)}{against}."


def _say(node: Node, spec: Spec) -> str:
    match node:
        case Number():
            return print_formula(node)
        case Name(id):
            return _say_name(id, spec)
        case Unary("-", operand):
            return f"minus {_enclosed(operand, spec)}"
        case Unary(_, operand):
            return f"it is not so that {_enclosed(operand, spec)}"
        case Binary(op, left, right) if op in _COMPARISONS:
            return f"{_say(left, spec)} {_COMPARISONS[op]} {_say(right, spec)}"
        case Binary(op, left, right):
            return f"{_joined(left, op, spec)} {_ARITHMETIC.get(op, op)} {_joined(right, op, spec, on_right=True)}"
        case Call(function, arguments):
            return _say_call(function, arguments, spec)


def _enclosed(node: Node, spec: Spec) -> str:
    """Parentheses, where words alone would leave open what belongs together."""
    return f"({_say(node, spec)})" if isinstance(node, Binary) else _say(node, spec)


def _joined(node: Node, op: str, spec: Spec, *, on_right: bool = False) -> str:
    """One side of a sum, a product or a chain of conditions."""
    if not isinstance(node, Binary) or node.op in _COMPARISONS:
        return _say(node, spec)
    chains = node.op == op and not (on_right and op in {"-", "/"})
    return _say(node, spec) if chains else _enclosed(node, spec)


def _say_name(name: str, spec: Spec) -> str:
    if name in _FIELDS:
        return _FIELDS[name]
    return _said(spec.parameters, name) if name in spec.parameters else f"“{name}”"


def _say_call(function: str, arguments: tuple[Node, ...], spec: Spec) -> str:
    said = [_enclosed(argument, spec) for argument in arguments]
    signature = FUNCTIONS.get(function)
    if signature is None or len(said) != len(signature.arguments):
        return f"{function}({', '.join(said)})"
    said = [
        f"{words} days" if kind is Kind.DURATION and isinstance(argument, Number) else words
        for words, argument, kind in zip(said, arguments, signature.arguments, strict=True)
    ]
    if function == "trailing_return":
        return _say_return(*said)
    if function in {"sma", "ema", "rsi"}:
        said[1] = _adjective(said[1])
    return signature.words.format(*said)


def _say_return(of: str, lookback: str, skip: str) -> str:
    whose = "return" if of == _FIELDS["close"] else f"return of {of}"
    over = f"the {whose} over the last {lookback.removeprefix('1 ')}"
    if skip.startswith("0 "):
        return over
    return f"{over}, skipping the most recent {skip.removeprefix('1 ')}"


def _adjective(duration: str) -> str:
    """ "10 months" before a noun is "10-month"."""
    count, _, unit = duration.partition(" ")
    return f"{count}-{unit.rstrip('s')}" if unit.rstrip("s") in {"day", "week", "month", "year"} else duration
