"""Say a strategy in plain English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.domain.language.functions import FUNCTIONS
from apps.domain.language.grammar import FormulaError, parse
from apps.domain.language.quantities import format_value
from apps.domain.language.references import Spec
from apps.domain.language.schema import ParameterBase, PerAsset, Status, Unit
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
    """A formula in words, signals and parameters filled in; a formula that cannot be read is quoted."""
    try:
        node = parse(formula) if isinstance(formula, str) else formula
    except FormulaError:
        return f"“{formula}”"
    return _say(node, spec, depth=0)


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
    window = f"from {_value(spec, start) if start else 'the first day'} to {_value(spec, end) if end else 'the last day'} of the data"
    against = f", compared with {_value(spec, spec.evaluation.benchmark)}" if spec.evaluation.benchmark else ""
    return f"Tested {window} with a capital of {_value(spec, spec.evaluation.capital)}{against}."


def _say(node: Node, spec: Spec, *, depth: int) -> str:
    match node:
        case Number(value):
            return f"{value:g}"
        case Name(id):
            return _say_name(id, spec, depth)
        case Unary("-", operand):
            return f"minus {_say(operand, spec, depth=depth)}"
        case Unary(_, operand):
            return f"it is not so that {_say(operand, spec, depth=depth)}"
        case Binary(op, left, right):
            word = _COMPARISONS.get(op) or _ARITHMETIC.get(op) or op
            return f"{_say(left, spec, depth=depth)} {word} {_say(right, spec, depth=depth)}"
        case Call(function, arguments):
            return _say_call(function, arguments, spec, depth)


def _say_name(name: str, spec: Spec, depth: int) -> str:
    if name in _FIELDS:
        return _FIELDS[name]
    if name in spec.parameters:
        return _said(spec.parameters, name)
    if name in spec.signals and depth < len(spec.signals):
        return _say_signal(spec.signals[name], spec, depth)
    return f"“{name}”"


def _say_signal(text: str, spec: Spec, depth: int) -> str:
    try:
        return _say(parse(text), spec, depth=depth + 1)
    except FormulaError:
        return f"“{text}”"


def _say_call(function: str, arguments: tuple[Node, ...], spec: Spec, depth: int) -> str:
    said = [_say(argument, spec, depth=depth) for argument in arguments]
    signature = FUNCTIONS.get(function)
    if signature is None or len(said) != len(signature.arguments):
        return f"{function}({', '.join(said)})"
    if function == "trailing_return" and said[2].split(" ")[0] == "0":
        return f"the return of {said[0]} over the last {said[1]}"
    if function in {"sma", "ema", "rsi"}:
        said[1] = _adjective(said[1], arguments[1], spec)
    return signature.words.format(*said)


def _adjective(words: str, argument: Node, spec: Spec) -> str:
    """ "10 months" before a noun is "10-month"; a bare count means trading days."""
    if isinstance(argument, Number):
        return f"{words}-day"
    parameter = spec.parameters.get(argument.id) if isinstance(argument, Name) else None
    if parameter is None or words == _NOT_STATED or parameter.unit is Unit.NUMBER:
        return words
    count, _, unit = words.partition(" ")
    return f"{count}-{unit.rstrip('s')}" if unit else words
