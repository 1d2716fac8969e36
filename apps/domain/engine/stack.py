"""One formula under many values of its parameters, on many instruments: one row per lane, each distinct row computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from apps.domain.engine.evaluate import Evaluator, Quantity, binary, unary
from apps.domain.engine.result import BoolArray, IntArray
from apps.domain.engine.room import Room
from apps.domain.engine.selection import SideArray
from apps.domain.engine.solo import truths
from apps.domain.indicators import CROSSINGS, OPERATORS, crosses_by_row
from apps.domain.language import Kind
from apps.domain.language.functions import CALENDAR_NAMES
from apps.domain.language.tree import Binary, Call, Name, Node, Number, Unary
from apps.domain.values.panel import FIELDS, FloatArray, Panel

ROW = "·row"
"""The instrument of a lane, among the names that a row depends on; no parameter can be called so."""
MOST_KEPT = 64 * 2**20
"""Bytes of rows that are kept for the lanes to come."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Series of lanes by reference: that of lane i is row `at[i]` of `values` (n_rows, n_days)."""

    values: FloatArray
    at: IntArray


Stack = Quantity | Rows
"""What a formula is for some lanes: a number, numbers (n_lanes,), one row (1, n_days) for all, a row for each, or Rows."""
Memo = dict[tuple[Node, bytes], Stack]
"""What the trees of one set of lanes have in common."""


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The rows of one call, one for each set of the values that it depends on, made when first asked for.

    Threads may make the same row at the same time: they write the same bytes, and say so after.
    """

    values: FloatArray
    known: BoolArray


class Stacked:
    """Values of formulas for lanes: `rows` gives the instrument of each, `axes` the value of each swept parameter.

    What depends on the instrument and on all axes is computed anew for each lane; what depends on fewer is kept (a moving
    average of one length serves every lane that asks for it).
    """

    def __init__(
        self, *, evaluator: Evaluator, panel: Panel, rows: IntArray, axes: Mapping[str, FloatArray], room: Room
    ) -> None:
        self._evaluator = evaluator
        self._panel = panel
        self._rows = rows
        self._room = room
        self.axes = axes
        self._varied = frozenset(axes) | ({ROW} if len(panel.symbols) > 1 else frozenset())
        self._codes: dict[frozenset[str], tuple[IntArray, IntArray]] = {}
        self._tables: dict[Node, _Table] = {}
        self._left = MOST_KEPT

    def keep(self, trees: Sequence[Node]) -> None:
        """Make room for the rows of calls that many lanes share. Said once, before any lane is asked for."""
        for node in dict.fromkeys(part for tree in trees for part in _calls(tree)):
            names = _names(node) & self._varied
            if not names or names == self._varied:
                continue
            n_rows = len(self._coded(names)[0])
            if (size := 8 * n_rows * len(self._panel.days)) <= self._left:
                self._left -= size
                self._tables[node] = _Table(np.empty((n_rows, len(self._panel.days))), np.zeros(n_rows, dtype=np.bool_))

    def truths(self, trees: Sequence[Node], lanes: IntArray) -> list[tuple[SideArray, IntArray]]:
        """The distinct rows of each condition, a byte a day (`solo.truths`), shape (n_distinct, n_days), and the row of each lane.

        Crossings are written so at once."""
        memo: Memo = {}
        rows = []
        for tree in trees:
            firsts, inverse = self._distinct(_names(tree) & self._varied, lanes)
            if isinstance(tree, Call) and tree.function in CROSSINGS and firsts is lanes:
                out = np.empty((len(firsts), len(self._panel.days)), dtype=np.int8)
                self._cross(tree.function, [self._of(side, firsts, memo) for side in tree.arguments], out)
                rows.append((out, inverse))
            else:
                rows.append((truths(self._wide(self._of(tree, firsts, memo), len(firsts))), inverse))
        return rows

    def _coded(self, names: frozenset[str]) -> tuple[IntArray, IntArray]:
        """The first lane of each set of values of `names`, and the set of each lane."""
        if names not in self._codes:
            codes = np.zeros(len(self._rows), dtype=np.int64)
            for name in sorted(names):
                values, inverse = np.unique(self._rows if name == ROW else self.axes[name], return_inverse=True)
                codes = codes * len(values) + inverse
            _, firsts, inverse = np.unique(codes, return_index=True, return_inverse=True)
            self._codes[names] = firsts, inverse
        return self._codes[names]

    def _distinct(self, names: frozenset[str], lanes: IntArray) -> tuple[IntArray, IntArray]:
        """One lane for each set of values of `names`, and the place of each lane's among them."""
        if names == self._varied:
            return lanes, np.arange(len(lanes))  # two lanes are never the same
        _, firsts, inverse = np.unique(self._coded(names)[1][lanes], return_index=True, return_inverse=True)
        return lanes[firsts], inverse

    def _of(self, node: Node, lanes: IntArray, memo: Memo) -> Stack:
        depends = _names(node) & self._varied
        match node:
            case Number(value=value):
                return float(value)
            case Name(id=name) if name in self.axes:
                return self.axes[name][lanes]
            case _ if not depends:
                return self._evaluator.of_tree(node)
            case Name(id=name):
                return Rows(self._panel.field(name), self._rows[lanes])
        if node in self._tables:
            return self._kept(node, self._coded(depends)[1][lanes])
        firsts, inverse = self._distinct(depends, lanes)
        if len(firsts) < len(lanes):
            return _chosen(self._of(node, firsts, memo), inverse)
        key = (node, lanes.tobytes())
        if key not in memo:
            memo[key] = self._computed(node, lanes, memo)
        return memo[key]

    def _kept(self, node: Node, codes: IntArray) -> Rows:
        table = self._tables[node]
        if not (known := table.known[codes]).all():
            missing = np.unique(codes[~known])
            lanes = self._coded(_names(node) & self._varied)[0][missing]
            table.values[missing] = self._wide(self._computed(node, lanes, {}), len(missing))
            table.known[missing] = True
        return Rows(table.values, codes)

    def _computed(self, node: Node, lanes: IntArray, memo: Memo) -> Stack:
        match node:
            case Unary(op, operand):
                return unary(op, self._gathered(self._of(operand, lanes, memo)))
            case Binary(op, left, right):
                sides = (self._gathered(self._of(side, lanes, memo)) for side in (left, right))
                return binary(op, *_broadcast(*sides))
            case Call(function, arguments):
                values = [self._of(argument, lanes, memo) for argument in arguments]
                if function in CROSSINGS:
                    return self._crossed(function, values, len(lanes))
                return self._called(node, [self._gathered(value) for value in values], len(lanes))
        raise NotImplementedError(type(node))

    def _crossed(self, function: str, values: list[Stack], n: int) -> FloatArray:
        """Crossings read their sides where they stand: most of the time would go into copies."""
        out = self._room.empty((n, len(self._panel.days)))
        self._cross(function, values, out)
        return out

    def _cross(self, function: str, values: list[Stack], out: FloatArray | SideArray) -> None:
        first = values[0] if isinstance(values[0], Rows) else self._wide(values[0], len(out))
        sides = [self._by_row(value, len(out)) for value in (first, values[1])]
        crosses_by_row(function, sides[0].values, sides[0].at, sides[1].values, sides[1].at, out)

    @staticmethod
    def _by_row(value: Stack, n: int) -> Rows:
        if isinstance(value, Rows):
            return value
        rows = np.atleast_2d(np.asarray(value, dtype=np.float64).T).T if np.ndim(value) < 2 else np.asarray(value)
        return Rows(np.ascontiguousarray(rows), np.arange(n) if len(rows) == n else np.zeros(n, dtype=np.int64))

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
        out = self._room.empty((n, len(self._panel.days)))
        for key, members in groups.items():
            rest = iter(key)
            part = [
                next(rest) if alone else self._gathered(_chosen(value, np.array(members)))
                for value, alone in zip(given, single, strict=True)
            ]
            out[members] = self._evaluator.applied(call.function, kinds, part)
        return out

    def _gathered(self, value: Stack) -> Quantity:
        """Rows as an array of their own."""
        if not isinstance(value, Rows):
            return value
        out = self._room.empty((len(value.at), value.values.shape[1]))
        return np.take(value.values, value.at, axis=0, out=out, mode="clip")  # "raise" would take a copy first

    def _wide(self, value: Stack, n: int) -> FloatArray:
        array = np.asarray(self._gathered(value), dtype=np.float64)
        if array.ndim == 1:
            array = array[:, None]
        shape = (n, len(self._panel.days))
        return array if array.shape == shape else np.ascontiguousarray(np.broadcast_to(array, shape))


def _chosen(value: Stack, at: IntArray) -> Stack:
    """The entries of some lanes; what is the same for all stays as it is."""
    if isinstance(value, Rows):
        return Rows(value.values, value.at[at])
    if not isinstance(value, np.ndarray) or (value.ndim == 2 and len(value) == 1):
        return value
    return Rows(value, at) if value.ndim == 2 else np.asarray(value[at])


def _broadcast(left: Quantity, right: Quantity) -> tuple[Quantity, Quantity]:
    """Numbers of lanes become columns beside series."""
    wide = any(isinstance(side, np.ndarray) and side.ndim == 2 for side in (left, right))
    if not wide:
        return left, right
    return _upright(left), _upright(right)


def _upright(side: Quantity) -> Quantity:
    return side[:, None] if isinstance(side, np.ndarray) and side.ndim == 1 else side


def _calls(node: Node) -> list[Call]:
    """The outermost calls first."""
    match node:
        case Unary(_, operand):
            return _calls(operand)
        case Binary(_, left, right):
            return _calls(left) + _calls(right)
        case Call(_, arguments):
            return [node, *(part for argument in arguments for part in _calls(argument))]
    return []


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
