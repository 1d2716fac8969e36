"""From formulas to series: names resolve to fields, inputs, parameters and signals; nothing is evaluated as code."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from apps.domain.engine.calendar import CALENDAR_FUNCTIONS, calendar_function, calendar_values
from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.errors import DomainError
from apps.domain.indicators import CROSSINGS, OPERATORS
from apps.domain.language import FUNCTIONS, Kind, parse
from apps.domain.language.functions import CALENDAR_NAMES
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary
from apps.domain.values.inputs import Events
from apps.domain.values.panel import FIELDS, DayArray, FloatArray, Panel

Quantity = FloatArray | float
"""A series of shape (n_symbols, n_days), or (1, n_days) when it is the same for every instrument, or one number.
Truth is 1, falsehood 0, undefined NaN."""

LARGE = 4 * 2**20
"""Bytes from which the result of an operation is not kept: to make it again costs less than the memory."""
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


@dataclass(frozen=True, slots=True)
class Named:
    """What the names of a strategy's inputs stand for, on the instruments and days of its panel.

    `arrays` have shape (n_symbols, n_days) or (1, n_days); `sessions` are the trading days known ahead.
    """

    arrays: Mapping[str, FloatArray] = field(default_factory=dict)
    events: Mapping[str, Events] = field(default_factory=dict)
    sessions: DayArray | None = None


class Evaluator:
    """Computes formulas over one panel; each distinct expression with its parameter values is computed once.

    `numbers` are the values of the parameters, durations in trading days. `members` (n_symbols, n_days) says who counts
    in a cross-section: who has a bar, unless told otherwise. `cache` may be shared by runs over the same panel and
    members: its keys carry the values, so a sweep computes each moving average once. Parameters in `free` keep their names in
    trees: Stacked gives them many values at once.
    """

    def __init__(
        self,
        *,
        panel: Panel,
        numbers: Mapping[str, float],
        signals: Mapping[str, str],
        named: Named | None = None,
        members: BoolArray | None = None,
        cache: dict[Node, Quantity] | None = None,
        free: Collection[str] = (),
    ) -> None:
        self._panel = panel
        self._free = frozenset(free)
        self._words: _Words | None = None
        self._numbers = numbers
        self._signals = signals
        self._named = named or Named()
        self._members = np.isfinite(panel.close) if members is None else members
        self._cache: dict[Node, Quantity] = {} if cache is None else cache
        self._is_shared = cache is not None

    def forget(self) -> None:
        """Give back the memory of what was computed, unless others share it."""
        if not self._is_shared:
            self._cache.clear()

    @property
    def _sessions(self) -> DayArray:
        return self._panel.sessions if self._named.sessions is None else self._named.sessions

    def of_members(self, members: BoolArray) -> Evaluator:
        """The same formulas where only `members` count in a cross-section; what no cross-section enters is kept."""
        kept = {node: value for node, value in self._cache.items() if not _is_relative(node)}
        return Evaluator(
            panel=self._panel, numbers=self._numbers, signals=self._signals, named=self._named, members=members,
            cache=kept,
        )  # fmt: skip

    def series(self, formula: str) -> FloatArray:
        """The values of `formula`, shape (n_symbols, n_days), NaN where undefined; raises a named DomainError."""
        return _spread(self.value(formula), self._panel.close.shape)

    def at(self, formula: str, columns: IntArray) -> FloatArray:
        """The values of `formula` on some days only, shape (n_symbols, n_columns): the same numbers as `series`, and what
        needs no window of its own is computed on those days alone."""
        shape = (len(self._panel.symbols), len(columns))
        return _spread(self._at(self.tree(formula), columns), shape)

    def _at(self, node: Node, columns: IntArray) -> Quantity:
        match node:
            case Number(value=value):
                return float(value)
            case Unary("-", operand):
                return -self._at(operand, columns)
            case Binary(op, left, right):
                return binary(op, self._at(left, columns), self._at(right, columns))
            case Call(function, (Name() as name, Number(value=n))) if function in _SHIFTS and node not in self._cache:
                if self._is_complete(name.id) and n >= 0:
                    return _SHIFTS[function](
                        self._shifted(name.id, columns, 0), self._shifted(name.id, columns, int(n))
                    )
            case Call("trailing_return", (Name() as name, Number(value=n), Number(value=skip))) if skip < n:
                if self._is_complete(name.id) and skip >= 0:
                    new, old = self._shifted(name.id, columns, int(skip)), self._shifted(name.id, columns, int(n))
                    return _tidy(new / np.where(old > 0.0, old, np.nan) - 1.0)
        whole = self._value(node)
        return whole[:, columns] if isinstance(whole, np.ndarray) else whole

    def _is_complete(self, name: str) -> bool:
        """Whether a field has a value on every bar, so that bars and days are the same."""
        return self._panel.is_complete(name)

    def _shifted(self, name: str, columns: IntArray, n: int) -> FloatArray:
        values = self._panel.field(name)[:, np.maximum(columns - n, 0)]
        return np.where(columns >= n, values, np.nan)

    def value(self, formula: str) -> Quantity:
        """The values of `formula`, in the least shape that says them."""
        return self._value(self.tree(formula))

    def tree(self, formula: str) -> Node:
        """The tree of `formula` with parameters as numbers and signals spelled out: what it is, not what it is called."""
        if self._words is None:
            known = frozenset(self._named.arrays) | frozenset(self._named.events)
            numbers = tuple(sorted(self._numbers.items()))
            self._words = _Words(numbers, tuple(self._signals.items()), known, self._free)
        return _tree(formula, self._words)

    def of_tree(self, node: Node) -> Quantity:
        """The values of a tree without free names, in the least shape that says them."""
        return self._value(node)

    def _value(self, node: Node) -> Quantity:
        if node in self._cache:
            return self._cache[node]
        value = self._computed(node)
        if not (isinstance(node, Binary | Unary) and isinstance(value, np.ndarray) and value.nbytes > LARGE):
            self._cache[node] = value
        return value

    def _computed(self, node: Node) -> Quantity:
        match node:
            case Number(value=value):
                return float(value)
            case Name(id=name):
                return self._looked_up(name)
            case Unary(op=op, operand=operand):
                return unary(op, self._value(operand))
            case Binary(op=op, left=left, right=right):
                first = self._value(left)
                ours = isinstance(left, Binary | Unary) and left not in self._cache
                return binary(op, first, self._value(right), reuse=ours)
            case Call():
                return self._called(node)

    def _looked_up(self, name: str) -> FloatArray:
        if name in self._named.arrays:
            return self._named.arrays[name]
        if name in CALENDAR_NAMES:
            return calendar_values(name, self._panel.days, self._sessions)
        if name in self._named.events:
            raise UnknownNameError(
                f"“{name}” is a table of events; ask for days_since({name}), days_until({name}) or event_value({name}).",
                name=name,
            )
        return self._panel.field(name)

    def _called(self, call: Call) -> Quantity:
        kinds = self.kinds_of(call)
        if kinds == (Kind.EVENT,):
            return self._of_events(call)
        return self.applied(call.function, kinds, [self._value(argument) for argument in call.arguments])

    @staticmethod
    def kinds_of(call: Call) -> tuple[Kind, ...]:
        """The kinds of the arguments of a call; raises UnknownFunctionError where there is no such function or form."""
        signature = FUNCTIONS.get(call.function)
        if signature is None:
            raise UnknownFunctionError(
                f"The engine has no function “{call.function}”; it has {', '.join(sorted(FUNCTIONS))}.",
                function=call.function,
            )
        kinds = signature.fitted(len(call.arguments))
        if kinds is None:
            raise UnknownFunctionError(
                f"{call.function} takes {len(signature.arguments)} arguments, not {len(call.arguments)}.",
                function=call.function,
            )
        return kinds

    def applied(self, function: str, kinds: Sequence[Kind], values: Sequence[Quantity]) -> Quantity:
        """A function of values: series of any number of rows, and single numbers."""
        level = 1 if function in CROSSINGS else None  # a number that need not be spelled out bar by bar
        given = [
            value if place == level and isinstance(value, float) else self._argument(function, value, kind)
            for place, (value, kind) in enumerate(zip(values, kinds, strict=True))
        ]
        if function in CALENDAR_FUNCTIONS:
            return calendar_function(function, given, self._panel.days, self._sessions)
        operator = OPERATORS[function]
        if operator.members:
            given = [self._wide(value) for value in given]
            return _tidy(operator.function(*given, members=self._members))
        return operator.function(*given)

    def _argument(self, function: str, value: Quantity, kind: Kind) -> Quantity | int:
        if kind is Kind.DURATION:
            return _window(function, value)
        if kind is Kind.NUMBER:
            if not isinstance(value, float):
                raise UnknownFunctionError(f"{function} takes one number there, not a series.")
            return value
        return value if isinstance(value, np.ndarray) else np.full((1, self._panel.close.shape[1]), value)

    def _wide(self, value: Quantity | int) -> Quantity | int:
        return _spread(value, self._panel.close.shape) if isinstance(value, np.ndarray) else value

    def _of_events(self, call: Call) -> FloatArray:
        (argument,) = call.arguments
        events = self._named.events.get(argument.id) if isinstance(argument, Name) else None
        if events is None:
            raise UnknownFunctionError(f"{call.function} takes the name of a table of events.", function=call.function)
        ask: Callable[..., FloatArray] = getattr(events, call.function)
        return ask(self._panel.days, len(self._panel.symbols), self._sessions)


@dataclass(frozen=True, slots=True)
class _Words:
    """What the names of formulas mean: numbers of parameters, texts of signals, names of inputs, and names left free."""

    numbers: tuple[tuple[str, float], ...]
    signals: tuple[tuple[str, str], ...]
    known: frozenset[str]
    free: frozenset[str]


@lru_cache(maxsize=1024)
def _tree(formula: str, words: _Words) -> Node:
    return _resolved(_parse(formula), words, dict(words.numbers), dict(words.signals), ())


def _resolved(
    node: Node, words: _Words, numbers: Mapping[str, float], signals: Mapping[str, str], path: tuple[str, ...]
) -> Node:
    def of(part: Node) -> Node:
        return _resolved(part, words, numbers, signals, path)

    match node:
        case Name(id=name) if name not in FIELDS and name not in CALENDAR_NAMES and name not in words.known:
            if name in path:
                cycle = " → ".join((*path[path.index(name) :], name))
                raise CircularSignalError(
                    f"The signal “{name}” depends on itself ({cycle}). Break the circle.", name=name
                )
            if name in words.free:
                return node
            if name in signals:
                return _resolved(_parse(signals[name]), words, numbers, signals, (*path, name))
            if name in numbers:
                return Number(float(numbers[name]))
            raise UnknownNameError(
                f"The formula names “{name}”: no field, signal or numeric parameter. Define it or correct the name.",
                name=name,
            )
        case Unary(op=op, operand=operand):
            return Unary(op, of(operand))
        case Binary(op=op, left=left, right=right):
            return Binary(op, of(left), of(right))
        case Call(function=function, arguments=arguments):
            return Call(function, tuple(of(argument) for argument in arguments))
    return node


_SHIFTS: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "lag": lambda _, old: old,
    "delta": lambda new, old: new - old,
    "pct_change": lambda new, old: np.asarray(_tidy(new / np.where(old > 0.0, old, np.nan) - 1.0)),
}


@lru_cache(maxsize=4096)
def _is_relative(node: Node) -> bool:
    """Whether the other members of the universe enter a value."""
    match node:
        case Call(function, arguments):
            operator = OPERATORS.get(function)
            return (operator is not None and operator.members) or any(_is_relative(part) for part in arguments)
        case Unary(_, operand):
            return _is_relative(operand)
        case Binary(_, left, right):
            return _is_relative(left) or _is_relative(right)
    return False


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


_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "over"}
_TRUTH: Mapping[str, tuple[str, bool]] = {
    ">": ("greater", False), ">=": ("greater_equal", False), "<": ("greater", True), "<=": ("greater_equal", True),
    "==": ("equal", False), "!=": ("equal", False), "and": ("both", False), "or": ("either", False),
}  # fmt: skip
"""The element-by-element function of an operator, and whether its sides change places."""


def unary(op: str, inner: Quantity) -> Quantity:
    """The negative of a number, or of a truth."""
    if op == "-":
        return -inner
    with np.errstate(invalid="ignore"):
        return _plain(_elements().inverse(inner))


def binary(op: str, left: Quantity, right: Quantity, *, reuse: bool = False) -> Quantity:
    """An operation of the grammar on two quantities; with `reuse` the left one is nobody else's and may be written over."""
    fits = reuse and isinstance(left, np.ndarray) and np.broadcast_shapes(left.shape, np.shape(right)) == left.shape
    out = left if fits else None
    if op in _ARITHMETIC:
        with np.errstate(all="ignore"):
            return _plain(getattr(_elements(), _ARITHMETIC[op])(left, right, out=out))
    if op not in _TRUTH:
        raise UnknownFunctionError(f"The engine has no operator “{op}”.", function=op)
    name, turned = _TRUTH[op]
    with np.errstate(invalid="ignore"):
        answer = getattr(_elements(), name)(*((right, left) if turned else (left, right)), out=out)
        return _plain(_elements().inverse(answer) if op == "!=" else answer)


def _elements() -> Any:
    from apps.domain.engine import _element_kernels  # noqa: PLC0415 -- slow import

    return _element_kernels


def _plain(value: Any) -> Quantity:
    """A plain float for a single number."""
    return value if isinstance(value, np.ndarray) and value.ndim else float(value)


def _tidy(value: Quantity) -> Quantity:
    """Plain float for a number; NaN for anything that is not finite."""
    if not isinstance(value, np.ndarray) or not value.ndim:
        return float(value) if math.isfinite(value) else math.nan
    infinite = np.isinf(value)
    return np.where(infinite, np.nan, value) if infinite.any() else value
