"""The one door of the engine: a specification and data in, a result out. docs/engine.md is its contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

import apps.domain.engine.pairs  # noqa: F401 -- registers the selection of pairs
from apps.domain.engine.accounting import Accounts, Orders, Signals, account
from apps.domain.engine.benchmark import benchmark_equity
from apps.domain.engine.calendar import decision_mask
from apps.domain.engine.diagnostics import diagnose
from apps.domain.engine.evaluate import Evaluator, Quantity
from apps.domain.engine.overlay import decision_days, drifting, portfolio_volatility, regime, tranches
from apps.domain.engine.plan import Plan, plan_of
from apps.domain.engine.result import BoolArray, Diagnostic, Result
from apps.domain.engine.selection import Choice, Day, choose, counted, signals_of
from apps.domain.engine.solo import Rules, Terms, is_complete, is_solo, truths, walk
from apps.domain.engine.terms import account_of, costs_of, exits_of
from apps.domain.engine.universe import members_of
from apps.domain.engine.weights import size_of, universe_size, weights_of
from apps.domain.language import REBALANCE_CHOICES
from apps.domain.language.schema import RunnableSpecification
from apps.domain.language.sections import EqualWeights, PerAsset, VolatilityTargetWeights
from apps.domain.language.tree import Node
from apps.domain.values.inputs import Inputs
from apps.domain.values.panel import FloatArray, Panel


def run(
    *,
    spec: RunnableSpecification,
    panel: Panel | Inputs,
    benchmark: Panel | None = None,
    progress: Callable[[float], None] | None = None,
    cache: dict[Node, Quantity] | None = None,
) -> Result:
    """Run `spec` on `panel`, bars alone or bars with inputs beside them, and hold `benchmark` beside it when the
    specification names one.

    `cache` keeps what formulas gave: share it only between runs of one strategy on the same instruments, window and inputs.
    `progress` receives fractions from 0 to 1 and may raise to cancel: the engine lets it through. Raises a DomainError
    that says what to change when the specification does not fit the data.
    """
    tell = progress or (lambda _fraction: None)
    tell(0.0)
    inputs = panel if isinstance(panel, Inputs) else Inputs(panel=panel)
    plan = plan_of(spec=spec, inputs=inputs)
    bar = plan.panel.bar
    evaluator = Evaluator(
        panel=plan.panel, numbers=plan.numbers, signals=spec.signals, named=plan.named, members=bar, cache=cache
    )
    members = members_of(plan, evaluator, bar)
    if members is not bar and not np.array_equal(members, bar):
        evaluator = evaluator.of_members(members)
    decides = decisions_of(plan, inputs.panel, evaluator)
    tell(0.2)
    by_itself = _by_itself(plan, evaluator, decides[plan.first :])
    if by_itself is None:
        day = Day(plan=plan, evaluator=evaluator, members=members, at=np.flatnonzero(decides))
        choice, weights, signals = _targets(day)
        tell(0.5)
        accounts = _accounted(plan, day, bar, weights, signals)
    else:
        choice, weights, accounts = by_itself
    tell(0.9)
    result = reported(
        plan=plan,
        symbols=plan.panel.symbols,
        decides=decides[plan.first :],
        choice=choice,
        weights=weights,
        accounts=accounts,
        bar=bar[:, plan.first :],
        beside=benchmark_equity(plan, inputs.panel, benchmark),
    )
    tell(1.0)
    return result


def reported(
    *,
    plan: Plan,
    symbols: tuple[str, ...],
    decides: BoolArray,
    choice: Choice,
    weights: FloatArray,
    accounts: Accounts,
    bar: BoolArray,
    beside: tuple[FloatArray | None, tuple[Diagnostic, ...]],
) -> Result:
    """What a run leaves, put together: `decides` are the decision days of the window, `bar` says where it has one, and
    `beside` are the curve of the benchmark and what is to be said of it."""
    days = plan.panel.days[plan.first :]
    return Result(
        symbols=symbols,
        days=days,
        capital=plan.capital,
        equity=accounts.equity,
        cash=accounts.cash,
        exposure=accounts.exposure,
        financing=accounts.financing,
        dividends=accounts.dividends,
        benchmark_equity=beside[0],
        decision_days=days if decides.all() else days[decides],
        weights=weights,
        orders=accounts.orders,
        trades=accounts.trades,
        waiting=accounts.waiting,
        diagnostics=(*diagnose(accounts, choice, days, bar, int(decides.sum())), *beside[1]),
    )


def decisions_of(plan: Plan, whole: Panel, evaluator: Evaluator) -> BoolArray:
    """Whether each day of the panel is a decision day of the window. The calendar of the whole panel is known ahead, so the end of
    the window closes its period where the data go on."""
    schedule = plan.spec.schedule
    frequency = plan.values.choice(schedule.rebalance, REBALANCE_CHOICES)
    mask = decision_mask(
        days=whole.days,
        frequency=frequency,
        on=schedule.on,
        day=1 if schedule.day is None else plan.values.count(schedule.day),
        anchor=None if schedule.anchor is None else plan.values.count(schedule.anchor),
        first=plan.first,
    )[: plan.last + 1]
    mask[: plan.first] = False
    condition = evaluator.value(schedule.when) if schedule.when else None
    wide = None if condition is None else np.broadcast_to(condition, plan.panel.close.shape)[0]
    return decision_days(mask, wide)


def _targets(day: Day) -> tuple[Choice, FloatArray, Signals | None]:
    """Weights at the decision days; for per-asset rules with exits the rules themselves, and weights as their sizes."""
    spec = day.plan.spec
    if isinstance(spec.selection, PerAsset) and _has_exits(day.plan):
        return _sized(spec.selection, day)
    choice = choose(spec.selection, day)
    weights = tranches(weights_of(day, choice), day)
    if spec.overlay.regime:
        weights = regime(weights, day, spec.overlay.regime)
    if spec.overlay.volatility:
        weights = portfolio_volatility(weights, day, spec.overlay.volatility)
    if spec.execution.max_leverage:
        weights = _limited(weights, day.plan.values.number(spec.execution.max_leverage, 0.0))
    if spec.schedule.drift:
        weights = drifting(weights, choice.sides.astype(np.float64))
    return choice, np.ascontiguousarray(weights), None


def _by_itself(plan: Plan, evaluator: Evaluator, decides: BoolArray) -> tuple[Choice, FloatArray, Accounts] | None:
    """The quick way for one instrument that is held whole or not at all; None where the general accounts are needed."""
    if not (len(plan.panel.symbols) == 1 and is_solo(plan) and is_complete(plan.panel, 0, plan.first)):
        return None
    selection = cast("PerAsset", plan.spec.selection)
    enter = truths(np.ascontiguousarray(evaluator.series(str(selection.enter))))
    leave = truths(np.ascontiguousarray(evaluator.series(selection.exit))) if selection.exit else None
    evaluator.forget()  # small runs are many: what a run holds at most is a promise
    one = np.zeros(1, dtype=np.int64)
    walked = walk(
        panel=plan.panel,
        first=plan.first,
        rows=one,
        rules=Rules(enter=enter, enter_at=one, leave=leave, leave_at=one),
        decides=np.ascontiguousarray(decides),
        fill=plan.fill,
        terms=[Terms(costs_of(plan.values), exits_of(plan.values), plan.capital)],
    )
    if not walked.done[0]:
        return None
    return walked.choice(0), walked.weights(0, decides), walked.accounts(0)


def _has_exits(plan: Plan) -> bool:
    overlay = plan.spec.overlay
    return any((overlay.stop_loss, overlay.take_profit, overlay.trailing_stop, overlay.time_stop))


def _sized(selection: PerAsset, day: Day) -> tuple[Choice, FloatArray, Signals]:
    """Positions that a stop may close have a state of their own, which the accounts keep: rules and sizes go there."""
    plan = day.plan
    scheme = plan.spec.weights
    rules = signals_of(selection, day)
    window = slice(plan.first, plan.last + 1)
    over = scheme.over if isinstance(scheme, EqualWeights | VolatilityTargetWeights) else "selected"
    ones = np.ones((len(plan.panel.symbols), len(day.at)))
    if isinstance(scheme, VolatilityTargetWeights):
        size = size_of(scheme.model_copy(update={"over": "universe"}), day, ones) * universe_size(day)
    else:
        size = ones
    gross = scheme.gross_long
    size = np.where(np.isfinite(size), size, 0.0) * (plan.values.number(gross, 0.0) if gross else 1.0)
    gate = plan.spec.overlay.regime
    if gate:
        size = regime(size, day, gate.model_copy(update={"instead": None}))
    part = {
        name: np.ascontiguousarray(getattr(rules, name)[:, window])
        for name in ("enter", "leave", "enter_short", "leave_short")
    }
    signals = Signals(
        enter=part["enter"],
        leave=part["leave"] if rules.has_leave else None,
        enter_short=part["enter_short"] if selection.enter_short else None,
        leave_short=part["leave_short"] if rules.has_leave_short else None,
        member=np.ascontiguousarray(day.members[:, window]),
        over=over,
        universe_size=np.broadcast_to(np.asarray(universe_size(day), dtype=np.float64), (len(day.at),)),
    )
    return Choice(np.zeros(size.shape, dtype=np.int8), *counted(rules, day.members[:, window], window)), size, signals


def _limited(weights: FloatArray, most: float) -> FloatArray:
    """Scaled down where gross exposure would exceed the largest leverage."""
    gross = np.abs(weights).sum(axis=0)
    return weights * np.where(gross > most, most / np.where(gross > 0.0, gross, 1.0), 1.0)


def _accounted(plan: Plan, day: Day, bar: BoolArray, weights: FloatArray, signals: Signals | None) -> Accounts:
    execution = plan.spec.execution
    orders = Orders(
        kind=execution.order,
        limit=day.series(execution.limit) if execution.limit else None,
        stop=day.series(execution.stop) if execution.stop else None,
    )
    return account(
        panel=plan.panel,
        inputs=plan.inputs,
        first=plan.first,
        decisions=day.at - plan.first,
        targets=weights,
        signals=signals,
        bar=bar,
        fill=plan.fill,
        costs=costs_of(plan.values),
        exits=exits_of(plan.values),
        orders=orders,
        rules=account_of(plan),
    )
