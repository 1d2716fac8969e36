"""Claims held like for like: their own window, after it, with our costs; and a reason in every empty cell."""

from datetime import date, timedelta

import numpy as np
import pytest

from apps.domain.engine import run
from apps.domain.language import Claim
from apps.domain.metrics import measure
from apps.domain.verdict import (
    HOUSE_COST_BPS,
    Readings,
    RunReading,
    compare,
    costs_of,
    is_gross,
    readings_to_make,
)
from tests.domain.engine.build import crossing, gbm, parameter

PANEL = gbm()
DATA = (PANEL.days[0].item(), PANEL.days[-1].item())
HALF = PANEL.days[2500].item()
TOO_LARGE = "Too large to be made again."


def claim(metric="sharpe_ratio", value=0.5, *, end=HALF, **settings):
    start = None if end is None else DATA[0]
    return Claim(key="c", label="A claim", metric=metric, value=value, unit="number", window_start=start, window_end=end, **settings)  # fmt: skip


def with_claim(one, **settings):
    return crossing(**settings).model_copy(update={"claims": [one]})


def figures(spec):
    """The three figures of the one claim of a specification, run as the platform does."""
    result = run(spec=spec, panel=PANEL)
    base = RunReading(result, costs_of(spec))
    made = {
        name: RunReading(run(spec=asked, panel=PANEL), costs_of(asked))
        for name, asked in readings_to_make(spec=spec, window=base.window, data_window=DATA).items()
    }
    longer = made.get("longer", base)
    readings = Readings(base=base, longer=longer, gross=made.get("gross", longer), ours=made.get("ours", base))
    (comparison,) = compare(claims=spec.claims, readings=readings, data_window=DATA)
    return comparison, *comparison.figures


def test_claim_is_measured_on_its_own_window_and_not_on_the_whole_run():
    whole, short = with_claim(claim()), with_claim(claim(), end=HALF.isoformat())

    comparison, own, *_ = figures(whole)

    expected = measure(run(spec=short, panel=PANEL))
    assert (own.start, own.end) == (DATA[0], HALF)
    assert comparison.measured == own.value == pytest.approx(expected["sharpe_ratio"], rel=1e-9)
    assert own.value != pytest.approx(measure(run(spec=whole, panel=PANEL))["sharpe_ratio"], rel=1e-3)


@pytest.mark.parametrize("metric", ["annual_return", "max_drawdown", "mean_monthly_return", "win_rate", "n_trades"])
def test_part_of_a_run_measures_like_a_run_of_that_part(metric):
    reading = RunReading(run(spec=crossing(), panel=PANEL), "")

    part = reading.measured((DATA[0], HALF))

    assert part[metric] == pytest.approx(measure(run(spec=crossing(end=HALF.isoformat()), panel=PANEL))[metric])


def test_days_after_the_claimed_window_are_measured_to_the_end_of_the_data():
    spec = with_claim(claim(), end=HALF.isoformat())

    _, own, after, _ = figures(spec)

    long_run = run(spec=crossing(), panel=PANEL)
    tail = long_run.equity[2501:]
    returns = tail[1:] / tail[:-1] - 1
    assert own.end == HALF
    assert (after.start, after.end, after.costs) == (HALF + timedelta(days=1), DATA[1], "5 bps a fill")
    assert after.value == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(252))


def test_our_costs_are_charged_on_the_same_window():
    _, own, _, ours = figures(with_claim(claim("annual_return"), cost=0.0))

    dear = measure(run(spec=crossing(cost=HOUSE_COST_BPS, end=HALF.isoformat()), panel=PANEL))
    assert (own.costs, ours.costs) == ("no costs", "10 bps a fill")
    assert (ours.start, ours.end) == (own.start, own.end)
    assert ours.value == pytest.approx(dear["annual_return"])
    assert ours.value < own.value


def test_claim_before_costs_is_held_to_a_run_without_them():
    _, own, after, ours = figures(with_claim(claim("annual_return", basis="Gross of costs."), cost=5.0))

    free = measure(run(spec=crossing(cost=0.0, end=HALF.isoformat()), panel=PANEL))
    assert (own.costs, after.costs, ours.costs) == ("no costs", "no costs", "10 bps a fill")
    assert own.value == pytest.approx(free["annual_return"])


def test_strategy_with_the_costs_of_the_house_needs_no_other_run_for_them():
    spec = with_claim(claim(), cost=HOUSE_COST_BPS)

    _, own, _, ours = figures(spec)

    assert readings_to_make(spec=spec, window=DATA, data_window=DATA) == {}
    assert ours.value == own.value


def test_strategy_without_a_claim_is_run_once():
    assert readings_to_make(spec=crossing(), window=(DATA[0], HALF), data_window=DATA) == {}


@pytest.mark.parametrize(
    ("one", "column", "reason"),
    [
        (claim(comparable=False, basis="Futures."), 0, "Sharpe ratio: our run cannot measure the same thing. Futures."),
        (claim(comparable=False), 1, "Our run cannot measure the same thing."),
        (claim(comparable=False), 2, "Nothing to hold it to: the first figure is empty."),
        (claim(end=None), 1, "Neither the document's publication day nor the window that it measured is known."),
        (claim("n_trades"), 1, "Grows with the length of the window, so another window says nothing about it."),
        (claim(end=DATA[1]), 1, f"The data have no trading day after {DATA[1]}; a figure needs 252."),
        (
            claim(end=PANEL.days[-101].item()),
            1,
            f"The data have 100 trading days after {PANEL.days[-101]}; a figure needs 252.",
        ),
        (claim("benchmark_annual_return"), 0, "Benchmark annual return: the run gives no such figure."),
        (claim("benchmark_annual_return"), 2, "The benchmark is held without costs."),
    ],
)
def test_empty_cell_carries_its_reason(one, column, reason):
    _, *cells = figures(with_claim(one))

    assert (cells[column].value, cells[column].reason) == (None, reason)


def test_cells_of_runs_that_were_not_made_carry_why():
    spec = with_claim(claim(basis="Before costs."), end=HALF.isoformat())
    base = RunReading(run(spec=spec, panel=PANEL), costs_of(spec))

    (comparison,) = compare(
        claims=spec.claims,
        readings=Readings(base=base, longer=TOO_LARGE, gross=TOO_LARGE, ours=TOO_LARGE),
        data_window=DATA,
    )

    assert (comparison.outcome, comparison.obstacle) == ("not comparable", "no_figure")
    assert [figure.reason for figure in comparison.figures] == [
        f"Sharpe ratio: the claim is before costs; this run has 5 bps a fill. {TOO_LARGE}",
        TOO_LARGE,
        "Nothing to hold it to: the first figure is empty.",
    ]


@pytest.mark.parametrize(
    ("basis", "gross"),
    [
        ("Gross of costs.", True),
        ("Before transaction costs, 58 futures", True),
        ("Without any costs", True),
        ("Net of costs.", False),
        ("Gross and net of costs.", False),
        ("Gross exposure of two.", False),
        ("", False),
    ],
)
def test_basis_says_whether_a_claim_is_before_costs(basis, gross):
    assert is_gross(claim(basis=basis)) is gross


@pytest.mark.parametrize(
    ("execution", "words"),
    [
        ({"cost": "cost"}, "5 bps a fill"),
        ({"cost": "cost", "spread": "spread"}, "5 bps a fill and more"),
        ({"cost": "free", "spread": "spread"}, "costs of fills"),
        ({"cost": "free"}, "no costs"),
    ],
)
def test_costs_are_said_in_words(execution, words):
    spec = crossing()
    content = spec.model_dump(mode="json") | {
        "execution": spec.execution.model_dump(mode="json") | execution,
        "parameters": spec.model_dump(mode="json")["parameters"]
        | {"free": parameter(0.0, "bps"), "spread": parameter(4.0, "bps")},
    }

    assert costs_of(type(spec).model_validate(content)) == words


def test_window_of_a_run_counts_its_days():
    reading = RunReading(run(spec=crossing(), panel=PANEL), "")

    assert reading.days_in((DATA[0], HALF)) == 2501
    assert reading.days_in((date(1900, 1, 1), date(1900, 2, 1))) == 0


def test_days_after_publication_begin_with_the_day_that_is_known():
    published = PANEL.days[3000].item()

    later, within, unknown = (after_with(claim(), day) for day in (published, HALF - timedelta(days=400), None))

    assert (later.start, later.end) == (published + timedelta(days=1), DATA[1])
    assert (within.start, unknown.start) == (HALF + timedelta(days=1),) * 2
    assert within.value == unknown.value != later.value


def test_claim_without_a_window_is_measured_after_a_known_publication():
    published = PANEL.days[3000].item()

    assert after_with(claim(end=None), published).start == published + timedelta(days=1)
    assert "Neither" in after_with(claim(end=None), None).reason


def test_too_few_days_after_publication_are_said_with_its_day():
    published = PANEL.days[-20].item()

    figure = after_with(claim(), published)

    assert (figure.value, figure.reason) == (
        None, f"The data have 19 trading days after {published}; a figure needs 252."
    )  # fmt: skip


def after_with(one, published):
    spec = with_claim(one)
    base = RunReading(run(spec=spec, panel=PANEL), costs_of(spec))
    readings = Readings(base=base, longer=base, gross=base, ours=base)
    (comparison,) = compare(claims=spec.claims, readings=readings, data_window=DATA, published=published)
    return comparison.figures[1]
