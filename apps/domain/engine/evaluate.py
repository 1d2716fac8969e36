"""From formulas to series: names resolve to fields, parameters and signals; nothing is evaluated as code."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from apps.domain.errors import DomainError
from apps.domain.indicators import INDICATORS
from apps.domain.language import parse
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary
from apps.domain.values.panel import FIELDS, FloatArray, Panel

Quantity = FloatArray | float
"""A series of shape (n_symbols, n_days), or one number. Truth is 1, falsehood 0, undefined NaN."""

_parse = lru_cache(maxsize=4096)(parse)


class UnknownNameError(DomainError):
    """A formula names something that is no field, parameter or signal."""

    code = "unknown_name"


class UnknownFunctionError(DomainError):
    """A formula calls a function that is not in the closed list, or with the wrong arguments."""

    code = "unknown_function"


class CircularSignalError(DomainError):
    """A signal depends on itself."""

    code = "circular_signal"


class Evaluator:
    """Computes formulas over one panel; each distinct expression with its parameter values is computed once.

    `numbers` are the values of the parameters, durations in trading days. `cache` may be shared by runs over the same
    panel: its keys carry the values, so a sweep computes each moving average once.
    """

    def __init__(
        self,
        *,
        panel: Panel,
        numbers: Mapping[str, float],
        signals: Mapping[str, str],
        cache: dict[Node, Quantity] | None = None,
    ) -> None:
        self._panel = panel
        self._numbers = numbers
        self._signals = signals
        self._cache: dict[Node, Quantity] = {} if cache is None else cache

    def series(self, formula: str) -> FloatArray:
        """The values of `formula`, shape (n_symbols, n_days), NaN where undefined; raises a named DomainError."""
        value = self._value(self._resolved(_parse(formula), ()))
        return _spread(value, self._panel.close.shape)

    def _resolved(self, node: Node, path: tuple[str, ...]) -> Node:
        """The same tree with parameters as numbers and signals spelled out: what it is, not what it is called."""
        match node:
            case Name(id=name) if name in FIELDS:
                return node
            case Name(id=name):
                return self._meaning(name, path)
            case Unary(op=op, operand=operand):
                return Unary(op, self._resolved(operand, path))
            case Binary(op=op, left=left, right=right):
                return Binary(op, self._resolved(left, path), self._resolved(right, path))
            case Call(function=function, arguments=arguments):
                return Call(function, tuple(self._resolved(argument, path) for argument in arguments))
        return node

    def _meaning(self, name: str, path: tuple[str, ...]) -> Node:
        if name in path:
            cycle = " → ".join((*path[path.index(name) :], name))
            raise CircularSignalError(f"The signal “{name}” depends on itself ({cycle}). Break the circle.", name=name)
        if name in self._signals:
            return self._resolved(_parse(self._signals[name]), (*path, name))
        if name in self._numbers:
            return Number(float(self._numbers[name]))
        raise UnknownNameError(
            f"The formula names “{name}”: no field, signal or numeric parameter. Define it or correct the name.",
            name=name,
        )

    def _value(self, node: Node) -> Quantity:
        if node not in self._cache:
            self._cache[node] = self._computed(node)
        return self._cache[node]

    def _computed(self, node: Node) -> Quantity:
        match node:
            case Number(value=value):
                return float(value)
            case Name(id=name):
                return self._panel.field(name)
            case Unary(op=op, operand=operand):
                inner = self._value(operand)
                return -inner if op == "-" else _tidy(1.0 - _truth(inner))
            case Binary(op=op, left=left, right=right):
                return _binary(op, self._value(left), self._value(right))
            case Call():
                return self._called(node)

    def _called(self, call: Call) -> Quantity:
        indicator = INDICATORS.get(call.function)
        if indicator is None:
            raise UnknownFunctionError(
                f"The engine has no function “{call.function}”; it has {', '.join(sorted(INDICATORS))}.",
                function=call.function,
            )
        expected = indicator.n_series + indicator.n_windows
        if len(call.arguments) != expected:
            raise UnknownFunctionError(
                f"{call.function} takes {expected} arguments, not {len(call.arguments)}.",
                function=call.function,
            )
        values = [self._value(argument) for argument in call.arguments]
        shape = self._panel.close.shape
        series = [_spread(v, shape) for v in values[: indicator.n_series]]
        windows = [_window(call.function, v) for v in values[indicator.n_series :]]
        return indicator.function(*series, *windows)


def _spread(value: Quantity, shape: tuple[int, ...]) -> FloatArray:
    if isinstance(value, np.ndarray) and value.shape == shape:
        return value
    return np.broadcast_to(np.asarray(value, dtype=np.float64), shape)


def _window(function: str, value: Quantity) -> int:
    if not isinstance(value, float) or value != math.floor(value):
        raise UnknownFunctionError(
            f"A window of {function} must be one whole number of bars; name a parameter measured in days.",
            function=function,
        )
    return int(value)


_ARITHMETIC: Mapping[str, Callable[[Quantity, Quantity], Quantity]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
}  # fmt: skip
_COMPARISON: Mapping[str, Callable[[Quantity, Quantity], Quantity]] = {
    ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal, "==": np.equal, "!=": np.not_equal,
}  # fmt: skip


def _binary(op: str, left: Quantity, right: Quantity) -> Quantity:
    with np.errstate(all="ignore"):
        if op in _ARITHMETIC:
            return _tidy(_ARITHMETIC[op](left, right))
        if op in _COMPARISON:
            undefined = np.isnan(left) | np.isnan(right)
            return _tidy(np.where(undefined, np.nan, _COMPARISON[op](left, right)))
    if op not in {"and", "or"}:
        raise UnknownFunctionError(f"The engine has no operator “{op}”.", function=op)
    a, b = _truth(left), _truth(right)
    # np.minimum and np.maximum spread NaN; the decided side (0 of "and", 1 of "or") must win over it.
    decided, merged = (0.0, np.minimum(a, b)) if op == "and" else (1.0, np.maximum(a, b))
    return _tidy(np.where((a == decided) | (b == decided), decided, merged))


def _truth(value: Quantity) -> FloatArray:
    array = np.asarray(value, dtype=np.float64)
    return np.where(np.isnan(array), np.nan, array != 0.0)


def _tidy(value: Quantity) -> Quantity:
    """Plain float for a number; NaN for anything that is not finite."""
    array = np.asarray(value, dtype=np.float64)
    if not array.ndim:
        return float(array) if math.isfinite(array) else math.nan
    finite = np.isfinite(array)
    return array if finite.all() else np.where(finite, array, np.nan)
