"""One formula under many values of its parameters, on many instruments: one row per lane, each distinct row computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from apps.domain.engine.evaluate import Evaluator, Quantity, binary, unary
from apps.domain.engine.result import IntArray
from apps.domain.indicators import OPERATORS
from apps.domain.language import Kind
from apps.domain.language.functions import CALENDAR_NAMES
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary
from apps.domain.values.panel import FIELDS, FloatArray, Panel

Memo = dict[tuple[Node, bytes], Quantity]
"""What the trees of one set of lanes have in common."""
ROW = "·row"
"""The instrument of a lane, among the names that a row depends on; no parameter can be called so."""
MOST_KEPT = 64 * 2**20
"""Bytes of rows that are kept for the lanes to come."""


class Stacked:
    """Values of formulas for lanes: `rows` gives the instrument of each, `axes` the value of each swept parameter.

    What depends on the instrument and on all axes is computed anew for each lane; what depends on fewer is kept (a moving
    average of one length serves every lane that asks for it).
    """

    def __init__(self, *, evaluator: Evaluator, panel: Panel, rows: IntArray, axes: Mapping[str, FloatArray]) -> None:
        self._evaluator = evaluator
        self._panel = panel
        self._rows = rows
        self.axes = axes
        self._varied = frozenset(axes) | ({ROW} if len(panel.symbols) > 1 else frozenset())
        self._kept: dict[tuple[object, ...], FloatArray] = {}
        self._room = MOST_KEPT

    def distinct(self, trees: Sequence[Node], lanes: IntArray) -> list[tuple[FloatArray, IntArray]]:
        """The distinct rows of each tree, shape (n_distinct, n_days), and the row of each lane."""
        memo: Memo = {}
        rows = []
        for tree in trees:
            firsts, inverse = self._distinct(tree, lanes)
            rows.append((self._wide(self._of(tree, firsts, memo), len(firsts)), inverse))
        return rows

    def _distinct(self, node: Node, lanes: IntArray) -> tuple[IntArray, IntArray]:
        """One lane for each set of values that `node` depends on, and the place of each lane's among them."""
        names = _names(node) & self._varied
        if names == self._varied:
            return lanes, np.arange(len(lanes))  # two lanes are never the same
        columns = self._columns(names, lanes)
        seen: dict[tuple[object, ...], int] = {}
        inverse = np.array(
            [seen.setdefault(key, len(seen)) for key in zip(*columns, strict=True)] if columns else [0] * len(lanes),
            dtype=np.int64,
        )
        firsts = np.zeros(max(len(seen), 1), dtype=np.int64)
        firsts[inverse[::-1]] = lanes[::-1]
        return firsts, inverse

    def _columns(self, names: frozenset[str], lanes: IntArray) -> list[list[float]]:
        """The values of lanes, a plain list for each name."""
        return [(self._rows if name == ROW else self.axes[name])[lanes].tolist() for name in sorted(names)]

    def _of(self, node: Node, lanes: IntArray, memo: Memo) -> Quantity:
        """A number, numbers (n_lanes,), one row (1, n_days) for all, or a row for each lane."""
        depends = _names(node) & self._varied
        match node:
            case Number(value=value):
                return float(value)
            case Name(id=name) if name in self.axes:
                return self.axes[name][lanes]
            case _ if not depends:
                return self._evaluator.of_tree(node)
            case Name(id=name):
                return self._panel.field(name)[self._rows[lanes]]
        firsts, inverse = self._distinct(node, lanes)
        if len(firsts) < len(lanes):
            return _gathered(self._of(node, firsts, memo), inverse)
        key = (node, lanes.tobytes())
        if key not in memo:
            kept = isinstance(node, Call) and depends < self._varied
            memo[key] = self._remembered(node, lanes, depends) if kept else self._computed(node, lanes, memo)
        return memo[key]

    def _remembered(self, node: Node, lanes: IntArray, names: frozenset[str]) -> FloatArray:
        columns = self._columns(names, lanes)
        keys = [(node, *key) for key in zip(*columns, strict=True)]
        missing = [place for place, key in enumerate(keys) if key not in self._kept]
        fresh: dict[tuple[object, ...], FloatArray] = {}
        if missing:
            values = self._wide(self._computed(node, lanes[missing], {}), len(missing))
            for row, place in enumerate(missing):
                fresh[keys[place]] = values[row]
                if self._room >= values[row].nbytes:
                    self._room -= values[row].nbytes
                    self._kept[keys[place]] = values[row]
        return np.stack([fresh[key] if key in fresh else self._kept[key] for key in keys])

    def _computed(self, node: Node, lanes: IntArray, memo: Memo) -> Quantity:
        match node:
            case Unary(op, operand):
                return unary(op, self._of(operand, lanes, memo))
            case Binary(op, left, right):
                return binary(op, *_broadcast(self._of(left, lanes, memo), self._of(right, lanes, memo)))
            case Call(_, arguments):
                return self._called(node, [self._of(argument, lanes, memo) for argument in arguments], len(lanes))
        raise NotImplementedError(type(node))

    def _called(self, call: Call, values: list[Quantity], n: int) -> Quantity:
        """One call for each set of the single numbers that a function takes."""
        kinds = Evaluator.kinds_of(call)
        single = [
            isinstance(value, np.ndarray) and value.ndim == 1 and kind in {Kind.DURATION, Kind.NUMBER}
            for value, kind in zip(values, kinds, strict=True)
        ]
        given = [
            value[:, None] * np.ones(len(self._panel.days))
            if isinstance(value, np.ndarray) and value.ndim == 1 and not alone
            else value
            for value, alone in zip(values, single, strict=True)
        ]
        if not any(single):
            return self._evaluator.applied(call.function, kinds, given)
        numbers = [np.asarray(value) for value, alone in zip(values, single, strict=True) if alone]
        groups: dict[tuple[float, ...], list[int]] = {}
        for lane, key in enumerate(zip(*numbers, strict=True)):
            groups.setdefault(tuple(float(number) for number in key), []).append(lane)
        out = np.empty((n, len(self._panel.days)))
        for key, members in groups.items():
            rest = iter(key)
            part = [
                next(rest) if alone else _gathered(value, np.array(members))
                for value, alone in zip(given, single, strict=True)
            ]
            out[members] = self._evaluator.applied(call.function, kinds, part)
        return out

    def _wide(self, value: Quantity, n: int) -> FloatArray:
        array = np.asarray(value, dtype=np.float64)
        if array.ndim == 1:
            array = array[:, None]
        shape = (n, len(self._panel.days))
        return array if array.shape == shape else np.ascontiguousarray(np.broadcast_to(array, shape))


def _gathered(value: Quantity, at: IntArray) -> Quantity:
    """The entries of lanes; what is the same for all stays as it is."""
    if not isinstance(value, np.ndarray) or (value.ndim == 2 and len(value) == 1):
        return value
    return np.asarray(value[at])


def _broadcast(left: Quantity, right: Quantity) -> tuple[Quantity, Quantity]:
    """Numbers of lanes become columns beside series."""
    wide = any(isinstance(side, np.ndarray) and side.ndim == 2 for side in (left, right))
    if not wide:
        return left, right
    return _upright(left), _upright(right)


def _upright(side: Quantity) -> Quantity:
    return side[:, None] if isinstance(side, np.ndarray) and side.ndim == 1 else side


@lru_cache(maxsize=4096)
def _names(node: Node) -> frozenset[str]:
    """What a tree depends on: free parameters by name, and ROW where it reads a field."""
    match node:
        case Name(id=name):
            return frozenset({ROW if name in FIELDS else name})
        case Unary(_, operand):
            return _names(operand)
        case Binary(_, left, right):
            return _names(left) | _names(right)
        case Call(_, arguments):
            return frozenset().union(*(_names(argument) for argument in arguments))
    return frozenset()


@lru_cache(maxsize=4096)
def takes(node: Node) -> bool:
    """Whether lanes are independent of one another in a tree: no cross-section, no events."""
    match node:
        case Unary(_, operand):
            return takes(operand)
        case Binary(_, left, right):
            return takes(left) and takes(right)
        case Call(function, arguments):
            operator = OPERATORS.get(function)
            relative = operator is not None and operator.members
            events = Kind.EVENT in Evaluator.kinds_of(node)
            return not relative and not events and all(takes(argument) for argument in arguments)
    return True


def is_plain(tree: Node, known: frozenset[str]) -> bool:
    """Whether a tree reads bars, the calendar and `known` names only."""
    return all(name == ROW or name in CALENDAR_NAMES or name in known for name in _names(tree))
