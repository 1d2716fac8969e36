"""The quick way of a sweep: members that trade one instrument by themselves, many at a time.

Lanes are walked in chunks, in the order of the plan, on one thread or several; a chunk knows nothing of the others, so
neither their number nor their order changes a byte of any member.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, Protocol

import numpy as np

from apps.domain.engine.benchmark import benchmark_equity
from apps.domain.engine.evaluate import Evaluator
from apps.domain.engine.plan import Plan, plan_of
from apps.domain.engine.result import BoolArray, IntArray, Result
from apps.domain.engine.room import Room
from apps.domain.engine.run import decisions_of, reported
from apps.domain.engine.solo import Rules, Terms, Walked, is_complete, is_solo, walk
from apps.domain.engine.stack import Stacked, is_plain, takes
from apps.domain.engine.terms import costs_of, exits_of
from apps.domain.engine.values import Values
from apps.domain.errors import DomainError
from apps.domain.language import RunnableSpecification, Severity, findings, references, trading_days
from apps.domain.language.checks import value_check
from apps.domain.language.formula_checks import direct_calls
from apps.domain.language.parameters import DURATIONS
from apps.domain.language.sections import PerAsset
from apps.domain.language.tree import Name
from apps.domain.metrics import measure, month_ends, named
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import FloatArray

CHUNK_BYTES = 2**20
"""The prices that one chunk of lanes reads fit into the cache of a core."""
MOST_FREE = 12
"""Blocks of memory that wait to be used again."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """The walk of some members of the plan, in its order."""

    members: IntArray
    walked: Walked
    measures: FloatArray


class Lanes:
    """What the members of a sweep have in common, and the walk of any of them.

    `plan` holds every instrument of the sweep, of the data `whole`; `rows` says which of them each member trades, `axes` what
    its formulas read, and `spec_of` gives its specification, of which the terms of trading are read when `own_terms`.
    `suspicious` are the members that may contradict themselves, so that their findings have to be looked at.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        whole: Inputs,
        decides: BoolArray,
        rows: IntArray,
        axes: Mapping[str, FloatArray],
        spec_of: Callable[[int], RunnableSpecification],
        own_terms: bool,
        suspicious: BoolArray,
    ) -> None:
        self._plan = plan
        self._whole = whole
        self.suspicious = suspicious
        self._decides = decides
        self._month_ends = month_ends(plan.panel.days[plan.first :])
        self._rows = rows
        self._spec_of = spec_of
        self._own_terms = own_terms
        self._evaluator = Evaluator(
            panel=plan.panel,
            numbers=plan.numbers,
            signals=plan.spec.signals,
            named=plan.named,
            members=plan.panel.bar,
            free=axes,
        )
        self._room = Room(most=MOST_FREE)
        self._stacked = Stacked(evaluator=self._evaluator, panel=plan.panel, rows=rows, axes=axes, room=self._room)
        selection = plan.spec.selection
        formulas = (selection.enter, selection.exit) if isinstance(selection, PerAsset) else ()
        self._trees = [self._evaluator.tree(formula) for formula in formulas if formula]
        self._stacked.keep(self._trees)

    def fits(self) -> bool:
        """Whether every member is a lane: the rules say so, and no instrument of the sweep misses a price."""
        plan = self._plan
        known = frozenset(self._stacked.axes)
        return (
            is_solo(plan)
            and all(takes(tree) and is_plain(tree, known) for tree in self._trees)
            and all(is_complete(plan.panel, int(row), plan.first) for row in np.unique(self._rows))
        )

    def walk(self, members: IntArray) -> Chunk:
        """Walk some members that follow one another."""
        plan = self._plan
        distinct = self._stacked.truths(self._trees, members)
        (enter, enter_at), (leave, leave_at) = distinct[0], distinct[-1]
        own = members if self._own_terms else members[:1]
        walked = walk(
            panel=plan.panel,
            first=plan.first,
            rows=self._rows[members],
            rules=Rules(enter=enter, enter_at=enter_at, leave=leave if len(distinct) > 1 else None, leave_at=leave_at),
            decides=self._decides,
            fill=plan.fill,
            terms=[self._terms(int(at)) for at in own],
            room=self._room,
        )
        return Chunk(members, walked, walked.measures(self._month_ends))

    def measures(self, chunk: Chunk, lane: int) -> dict[str, float | None]:
        """What is measured on one lane, as on a run by itself."""
        if self._plan.benchmark is not None:
            return measure(self.result(chunk, lane))
        return named(chunk.measures[lane])

    def result(self, chunk: Chunk, lane: int) -> Result:
        """The result of one lane, as a run by itself gives it."""
        plan, walked = self._plan, chunk.walked
        plan = replace(plan, capital=float(walked.capital[lane]))
        return reported(
            plan=plan,
            symbols=(plan.panel.symbols[int(self._rows[chunk.members[lane]])],),
            decides=self._decides,
            choice=walked.choice(lane),
            weights=walked.weights(lane, self._decides),
            accounts=walked.accounts(lane),
            bar=np.ones((1, len(walked.days)), dtype=np.bool_),
            beside=benchmark_equity(plan, self._whole.panel, None),
        )

    def _terms(self, member: int) -> Terms:
        values = self._plan.values
        if self._own_terms:
            values = Values(self._spec_of(member), values.bars_per_day)
        return Terms(costs_of(values), exits_of(values), values.number(values.spec.evaluation.capital))

    def chunks(self, members: IntArray, *, threads: int) -> Iterator[Chunk]:
        """The walks of `members`, in order, a few chunks ahead of the reader at most."""
        size = max(1, CHUNK_BYTES // (8 * len(self._plan.panel.days)))
        parts = [members[at : at + size] for at in range(0, len(members), size)]
        if threads <= 1:
            yield from map(self.walk, parts)
            return
        todo, ahead = deque(parts), deque[Future[Chunk]]()
        with ThreadPoolExecutor(threads) as pool:
            try:
                while todo or ahead:
                    while todo and len(ahead) < 2 * threads:
                        ahead.append(pool.submit(self.walk, todo.popleft()))
                    yield ahead.popleft().result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


class Layout(Protocol):
    """How the members of a sweep lie: what they take for each axis, and how an answer to some axes spreads over them."""

    @property
    def names(self) -> Sequence[str]: ...
    def values(self, name: str) -> Sequence[Any]: ...
    def spread(self, name: str, read: FloatArray) -> FloatArray: ...
    def nobody(self) -> BoolArray: ...
    def answers(self, names: frozenset[str], check: Callable[[Mapping[str, Any]], bool]) -> BoolArray: ...


class Grid:
    """Every combination of some axes, the last fastest: what depends on a few of them is asked once for each of theirs."""

    def __init__(self, axes: Mapping[str, Sequence[Any]]) -> None:
        self._axes = axes
        self.names = list(axes)

    def values(self, name: str) -> Sequence[Any]:
        return self._axes[name]

    def spread(self, name: str, read: FloatArray) -> FloatArray:
        return np.broadcast_to(read.reshape(self._shape({name})), self._shape(self._axes)).ravel()

    def nobody(self) -> BoolArray:
        return np.zeros(self._shape(self._axes), dtype=np.bool_)

    def answers(self, names: frozenset[str], check: Callable[[Mapping[str, Any]], bool]) -> BoolArray:
        some = [name for name in self._axes if name in names]
        answers = [check(dict(zip(some, values, strict=True))) for values in product(*(self._axes[n] for n in some))]
        return np.array(answers, dtype=np.bool_).reshape(self._shape(names))

    def _shape(self, names: Collection[str]) -> list[int]:
        return [len(values) if name in names else 1 for name, values in self._axes.items()]


class Listed:
    """Any combinations, one after the other: each distinct part of them is asked once."""

    def __init__(self, members: Sequence[Mapping[str, Any]]) -> None:
        self._members = members
        self.names = list(members[0])

    def values(self, name: str) -> Sequence[Any]:
        return [member[name] for member in self._members]

    def spread(self, name: str, read: FloatArray) -> FloatArray:
        return read

    def nobody(self) -> BoolArray:
        return np.zeros(len(self._members), dtype=np.bool_)

    def answers(self, names: frozenset[str], check: Callable[[Mapping[str, Any]], bool]) -> BoolArray:
        some = [name for name in self.names if name in names]
        known: dict[str, bool] = {}
        answers = np.zeros(len(self._members), dtype=np.bool_)
        for place, member in enumerate(self._members):
            part = {name: member[name] for name in some}
            key = repr(part)
            if key not in known:
                known[key] = check(part)
            answers[place] = known[key]
        return answers


def with_values(spec: RunnableSpecification, values: Mapping[str, Any]) -> RunnableSpecification:
    """The specification with other values of some parameters."""
    changed = {name: spec.parameters[name].model_copy(update={"value": value}) for name, value in values.items()}
    return spec.model_copy(update={"parameters": {**spec.parameters, **changed}})


def together(
    *,
    spec: RunnableSpecification,
    inputs: Inputs,
    members: Sequence[Mapping[str, Any]],
    axes: Mapping[str, Sequence[Any]] | None,
) -> Lanes | None:
    """The quick way for a sweep, or None where a member needs the general one.

    Members may differ in the numbers of formulas, in costs, exits and capital, and in the one instrument that they trade.
    They are every combination of `axes`, the last fastest, or a list of any combinations when there are none.
    """
    if not isinstance(spec.selection, PerAsset) or len(members) < 2:
        return None
    layout: Layout = Listed(members) if axes is None else Grid(axes)
    places: dict[str, set[str]] = {name: set() for name in layout.names}
    for reference in references(spec):
        if reference.name in places:
            places[reference.name].add(_kind_of(reference.pointer))
    symbols = [name for name, kinds in places.items() if "symbols" in kinds]
    if any(kinds - {"formula", "terms", "symbols"} for kinds in places.values()) or len(symbols) > 1:
        return None
    named = [_one_symbol(values[symbols[0]]) for values in members] if symbols else []
    if any(not name for name in named):
        return None
    first = with_values(spec, {**members[0], **({symbols[0]: sorted(set(named))} if symbols else {})})
    blocking = [finding for finding in findings(first, firing=False) if finding.severity is not Severity.WARNING]
    if blocking:
        return None
    try:
        return _lanes(spec, first, inputs, members, layout, places, named)
    except DomainError:
        return None  # the general way says member by member what is wrong


_TERMS = ("/overlay/", "/execution/")


def _kind_of(pointer: str) -> str:
    """What a parameter does at a place: a number of a formula, a term of trading, the instruments, or another thing."""
    if pointer.startswith(("/selection/", "/signals/")):
        return "formula"
    if pointer == "/universe/symbols":
        return "symbols"
    if pointer == "/evaluation/capital" or (pointer.startswith(_TERMS) and pointer != "/execution/fill"):
        return "terms"
    return "other"


def _one_symbol(value: Any) -> str:
    listed = [value] if isinstance(value, str) else value
    return str(listed[0]) if isinstance(listed, list) and len(listed) == 1 else ""


def _lanes(
    spec: RunnableSpecification, first: RunnableSpecification, inputs: Inputs, members: Sequence[Mapping[str, Any]],
    layout: Layout, places: Mapping[str, set[str]], named: Sequence[str],
) -> Lanes | None:  # fmt: skip
    plan = plan_of(spec=first, inputs=inputs)
    if not named and len(plan.panel.symbols) != 1:
        return None
    numbers = {
        name: _numbers(first, name, layout, plan.values.bars_per_day)
        for name, kinds in places.items()
        if "formula" in kinds
    }
    if any(column is None for column in numbers.values()):
        return None
    row_of = {symbol: row for row, symbol in enumerate(plan.panel.symbols)}
    evaluator = Evaluator(panel=plan.panel, numbers=plan.numbers, signals=spec.signals, named=plan.named)
    decides = decisions_of(plan, inputs.panel, evaluator)
    lanes = Lanes(
        plan=plan,
        whole=inputs,
        decides=np.ascontiguousarray(decides[plan.first :]),
        rows=np.array([row_of[name] for name in named] or [0] * len(members), dtype=np.int64),
        axes={name: column for name, column in numbers.items() if column is not None},
        spec_of=lambda at: with_values(first, {k: v for k, v in members[at].items() if "symbols" not in places[k]}),
        own_terms=any("terms" in kinds for kinds in places.values()),
        suspicious=_suspicious(first, layout, places),
    )
    return lanes if lanes.fits() else None


def _numbers(spec: RunnableSpecification, name: str, layout: Layout, bars_per_day: int) -> FloatArray | None:
    """The value of each member as formulas read it: durations in bars. None where one is no number."""
    values = layout.values(name)
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return None
    unit = spec.parameters[name].unit
    read = [float(trading_days(value, unit) * bars_per_day if unit in DURATIONS else value) for value in values]
    return layout.spread(name, np.array(read))


def _suspicious(spec: RunnableSpecification, layout: Layout, places: Mapping[str, set[str]]) -> BoolArray:
    """The members whose values may bring an error. Each set of axes that an error may depend on is asked by itself: one
    value, the durations of one call (it knows nothing of the others), or all terms of trading."""
    terms = frozenset(name for name, kinds in places.items() if "terms" in kinds)
    sets = {frozenset({name}) for name in places}
    for calls in direct_calls(spec).values():
        for call in calls:
            direct = {argument.id for argument in call.arguments if isinstance(argument, Name)}
            sets.add(frozenset(direct & places.keys()))
    found = layout.nobody()
    quick = value_check(spec)
    for names in sets - {frozenset()}:
        found |= layout.answers(names, quick)
    if terms:
        found |= layout.answers(terms, partial(_is_blocked, spec))
    return found.ravel()


def _is_blocked(spec: RunnableSpecification, values: Mapping[str, Any]) -> bool:
    return any(
        finding.severity is not Severity.WARNING for finding in findings(with_values(spec, values), firing=False)
    )
