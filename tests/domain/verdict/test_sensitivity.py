"""One thing changed at a time: the same run at its own value, and what it must do elsewhere."""

import numpy as np
import pytest

from apps.domain.engine import run
from apps.domain.metrics import measure
from apps.domain.values.inputs import Inputs
from apps.domain.verdict import sensitivity, variants
from tests.domain.engine.build import crossing, gbm
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING, specification


@pytest.fixture(scope="module")
def sensed():
    return sensitivity(asked=variants(crossing()), panel=Inputs(panel=gbm()))


def of(rows, axis):
    return [row for row in rows if row.axis == axis]


def test_costs_only_take_away(sensed):
    returns = [row.annual_return for row in of(sensed, "cost")]

    assert [row.x for row in of(sensed, "cost")] == [0, 2, 5, 10, 15, 20, 30, 50, 75, 100]
    assert returns == sorted(returns, reverse=True)
    assert returns[0] > returns[-1]


def test_own_values_give_the_run_itself(sensed):
    own = measure(run(spec=crossing(), panel=gbm()))

    marked = [row for row in sensed if row.is_own]
    assert {row.axis for row in marked} == {"delay", "parameter"}
    assert {row.sharpe_ratio for row in marked} == {own["sharpe_ratio"]}


def test_rules_that_see_old_prices_are_rules_on_a_lagged_panel(sensed):
    """What was decided n bars late is what the rule said n bars before: checked on the exposure of the two runs."""
    late = next(v for v in variants(crossing()) if v.label == "Rules 2 bars late")
    now, then = (run(spec=spec, panel=gbm()).exposure > 0 for spec in (crossing(), late.spec))

    assert not np.array_equal(now, then)
    assert np.array_equal(now[:-2], then[2:])


def test_ranking_is_delayed_and_parameters_move_one_at_a_time():
    asked = variants(CROSS_MOMENTUM)
    late = [v.spec.selection.by for v in asked if v.axis == "delay" and v.x]
    moved = {v.subject for v in asked if v.axis == "parameter"}

    assert late == [f"lag({CROSS_MOMENTUM.selection.by}, {n})" for n in (1, 2, 5)]
    assert moved == {"Formation period", "Skipped months", "Holdings"}
    for one in (v for v in asked if v.axis == "parameter"):
        changed = [k for k, p in one.spec.parameters.items() if p.value != CROSS_MOMENTUM.parameters[k].value]
        assert len(changed) == (0 if one.is_own else 1)


def test_variant_that_cannot_run_says_why():
    short = gbm()
    asked = [v for v in variants(crossing()) if v.axis == "cost"][:1]
    spec = asked[0].spec
    broken = spec.model_copy(
        update={"parameters": {k: p for k, p in spec.parameters.items() if k != spec.execution.fill}}
    )

    row = sensitivity(asked=(asked[0].__class__("cost", "s", "l", 0.0, broken),), panel=Inputs(panel=short))[0]

    assert row.annual_return is None
    assert row.refusal


def test_switch_has_no_late_rules():
    spec = specification(
        name="Switch",
        family="trend",
        selection={"kind": "switch", "cases": [{"when": "close > sma(close, window)", "hold": "universe"}]},
        parameters=dict(TEN_MONTH_TIMING.model_dump(mode="json")["parameters"]),
    )

    assert [v.x for v in variants(spec) if v.axis == "delay"] == [None, None]
