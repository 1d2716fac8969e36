"""The terms of trading, read from the sections: what fills cost, when positions are closed, what the account allows."""

from __future__ import annotations

from apps.domain.engine.accounting import Account, Costs, Exits
from apps.domain.engine.plan import Plan
from apps.domain.engine.values import Values
from apps.domain.language.sections import FixedWeights, VolatilityTargetWeights

UNBOUNDED = 1e9


def costs_of(values: Values) -> Costs:
    """What fills cost, and what time does."""
    execution = values.spec.execution
    return Costs(
        rate=values.rate(execution.cost),
        per_share=values.optional(execution.per_share, 0.0) or 0.0,
        minimum=values.optional(execution.minimum, 0.0) or 0.0,
        half_spread=values.rate(execution.spread) / 2.0,
        impact=values.rate(execution.impact),
        max_participation=values.optional(execution.participation, 0.0, 1.0),
        borrow=values.rate(execution.borrow),
        financing=values.rate(execution.financing),
        cash_interest=values.rate(execution.interest),
    )


def exits_of(values: Values) -> Exits:
    """When a position is closed whatever the rules say."""
    overlay = values.spec.overlay
    return Exits(
        stop_loss=values.optional(overlay.stop_loss, 0.0, 1.0),
        take_profit=values.optional(overlay.take_profit, 0.0),
        trailing_stop=values.optional(overlay.trailing_stop, 0.0, 1.0),
        time_stop=None if overlay.time_stop is None else values.count(overlay.time_stop),
    )


def account_of(plan: Plan) -> Account:
    """Capital, shares, leverage, session and the stop on drawdown."""
    values, overlay = plan.values, plan.spec.overlay
    return Account(
        capital=plan.capital,
        whole_shares=plan.spec.execution.whole_shares,
        max_long=_max_long(plan),
        session=plan.spec.execution.session,
        drawdown_stop=values.optional(overlay.drawdown_stop, 0.0, 1.0),
        drawdown_wait=0 if overlay.drawdown_wait is None else values.count(overlay.drawdown_wait),
    )


def _max_long(plan: Plan) -> float:
    """How far longs may exceed equity, from the rules alone: never from what the weights turn out to be."""
    spec, values = plan.spec, plan.values
    weights = spec.weights
    if spec.execution.max_leverage:
        return max(1.0, values.number(spec.execution.max_leverage, 0.0))
    if isinstance(weights, VolatilityTargetWeights) or weights.beta or spec.overlay.volatility:
        return UNBOUNDED
    if isinstance(weights, FixedWeights):
        return max(1.0, sum(max(values.number(name), 0.0) for name in weights.weights.values()))
    return 1.0 if weights.gross_long is None else max(1.0, values.number(weights.gross_long, 0.0))
