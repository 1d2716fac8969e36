"""Say a formula in plain English."""

from __future__ import annotations

import re
from typing import Any

from apps.domain.language.functions import CALENDAR_NAMES, FUNCTIONS, Kind
from apps.domain.language.grammar import FormulaError, parse, print_formula
from apps.domain.language.parameters import Status
from apps.domain.language.quantities import format_value
from apps.domain.language.references import Spec
from apps.domain.language.spelled_out import readable_signals, spelled_out
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
_FIELDS = {
    "open": "the open", "high": "the high", "low": "the low", "close": "the close", "volume": "the volume",
    "near": "the price of the nearest contract", "next": "the price of the next contract",
    "near_days": "the days to the nearest expiry", "next_days": "the days to the next expiry",
}  # fmt: skip
_NOT_STATED = "(not stated)"
_BEFORE_A_NOUN = re.compile(r"(?:the|to|upper|lower|negative|positive) \{(\d)\} [A-Za-z%]")


class FormulaWords:
    """Says the formulas of one strategy, its signals and parameters filled in."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._signals = readable_signals(spec)

    def say(self, formula: str) -> str:
        """The formula in words; one that cannot be read is quoted."""
        try:
            node = parse(formula)
        except FormulaError:
            return f"“{formula}”"
        return _say(spelled_out(node, self._signals), self._spec)


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
    if name in spec.parameters:
        return _said(spec.parameters.get(name))
    if name in spec.data.inputs:
        return _say_input(name, spec)
    return CALENDAR_NAMES.get(name, f"“{name}”")


def _said(parameter: Any) -> str:
    if parameter is None or parameter.value is None or parameter.status is Status.MISSING:
        return _NOT_STATED
    return format_value(parameter.value, parameter.unit)


def _say_input(name: str, spec: Spec) -> str:
    source = spec.data.inputs[name]
    if source.kind == "instrument":
        return f"{_FIELDS[source.field]} of {_said(spec.parameters.get(source.symbol))}"
    return name.replace("_", " ")


def _say_call(function: str, arguments: tuple[Node, ...], spec: Spec) -> str:
    said = [_enclosed(argument, spec) for argument in arguments]
    signature = FUNCTIONS.get(function)
    kinds = signature.fitted(len(said)) if signature else None
    if signature is None or kinds is None:
        return f"{function}({', '.join(said)})"
    said = [
        f"{words} days" if kind is Kind.DURATION and isinstance(argument, Number) else words
        for words, argument, kind in zip(said, arguments, kinds, strict=True)
    ]
    if function == "trailing_return":
        return _say_return(*said)
    before_a_noun = {int(place) for place in _BEFORE_A_NOUN.findall(signature.words)}
    words = [
        _adjective(text) if kind is Kind.DURATION and (place in before_a_noun or signature.several) else text
        for place, (text, kind) in enumerate(zip(said, kinds, strict=True))
    ]
    first = next((text for text, kind in zip(words, kinds, strict=True) if kind is Kind.DURATION), "")
    rest = [text for text, kind in zip(words, kinds, strict=True) if kind is Kind.SERIES][1:]
    return signature.words.format(*words, n=first, rest=" and ".join(rest))


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
