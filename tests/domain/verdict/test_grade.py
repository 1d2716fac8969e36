"""Claims against measures, and the one word that follows."""

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace

import pytest

from apps.domain.engine import run
from apps.domain.language import Claim, Status
from apps.domain.verdict import (
    DEFAULT_TOLERANCES,
    FULL_OVERLAP,
    GATE_VERSION,
    MIN_DAYS,
    MIN_OVERLAP,
    MIN_TRADES,
    Readings,
    ResultFacts,
    WindowOrderError,
    compare,
    data_missing,
    facts_of,
    grade,
    not_run,
    status_counts,
)
from tests.domain.engine.build import crossing, gbm

WINDOW = (date(2000, 1, 1), date(2019, 12, 31))
GOOD = ResultFacts(n_days=5000, n_trades=50, days_in_market=3000, sharpe=0.05, skewness=-0.3, kurtosis=6.0)


def claim(metric, value, *, key="c", window=WINDOW, **settings):
    start, end = window or (None, None)
    return Claim(
        key=key,
        label=f"Claimed {metric}",
        metric=metric,
        value=value,
        unit="fraction",
        window_start=start,
        window_end=end,
        **settings,
    )


@dataclass(frozen=True)
class Fixed:
    """A reading that gives the same figures over every window."""

    window: tuple[date, date]
    figures: dict[str, float | None]
    costs: str = "5 bps a fill"

    def days_in(self, window):
        return (min(window[1], self.window[1]) - max(window[0], self.window[0])).days + 1

    def measured(self, window):
        return self.figures


def compared(*claims, window=WINDOW, **measured):
    reading = Fixed(window, measured)
    readings = Readings(base=reading, longer=reading, gross=reading, ours=reading)
    return compare(claims=claims, readings=readings, data_window=WINDOW)


def graded(comparisons, *, facts=GOOD, assumed=0, n_trials=1, findings=()):
    return grade(
        comparisons=comparisons, result_facts=facts, findings=findings,
        status_counts={Status.STATED: 5, Status.ASSUMED: assumed}, n_trials=n_trials,
    )  # fmt: skip


def codes(verdict, tone):
    return [reason.code for reason in verdict.reasons if reason.tone == tone]


def gates(verdict):
    """Each gate by its code: number, bound, threshold."""
    return {r.code: (r.number, r.bound, r.threshold) for r in verdict.reasons}


@pytest.mark.parametrize(
    ("metric", "claimed", "measured", "outcome"),
    [
        ("annual_return", 0.10, 0.08, "within tolerance"),
        ("annual_return", 0.10, 0.12, "within tolerance"),
        ("annual_return", 0.10, 0.1201, "same direction"),
        ("annual_return", 0.03, -0.01, "off"),
        ("annual_return", 0.03, 0.0, "off"),
        ("sharpe_ratio", 0.55, 0.35, "within tolerance"),
        ("sharpe_ratio", 0.55, 0.349, "same direction"),
        ("sharpe_ratio", 0.55, -0.1, "off"),
        ("annual_volatility", 0.10, 0.12, "within tolerance"),
        ("annual_volatility", 0.10, 0.1201, "off"),
        ("max_drawdown", -0.20, -0.28, "within tolerance"),
        ("max_drawdown", 0.20, -0.28, "within tolerance"),
        ("max_drawdown", -0.20, -0.2801, "off"),
        ("mean_monthly_return", 0.010, 0.007, "within tolerance"),
        ("mean_monthly_return", 0.010, 0.0069, "same direction"),
        ("total_return", 2.0, 1.6, "within tolerance"),
        ("win_rate", 0.55, 0.50, "within tolerance"),
        ("n_trades", 100.0, 120.0, "within tolerance"),
        ("n_trades", 100.0, 121.0, "off"),
        ("benchmark_annual_return", 0.10, 0.08, "within tolerance"),
        ("benchmark_max_drawdown", 0.50, -0.42, "within tolerance"),
    ],
)
def test_outcome_at_the_edges_of_the_tolerance(metric, claimed, measured, outcome):
    (comparison,) = compared(claim(metric, claimed), **{metric: measured})

    assert comparison.outcome == outcome


def test_every_metric_of_a_claim_has_a_tolerance():
    metrics = Claim.model_fields["metric"].annotation.__args__

    assert set(DEFAULT_TOLERANCES) == set(metrics)


def test_tolerance_of_the_claim_wins_over_the_default():
    (comparison,) = compared(claim("annual_return", 0.10, tolerance=0.001), annual_return=0.102)

    assert (comparison.tolerance, comparison.outcome) == (0.001, "same direction")


def test_reason_names_both_numbers_and_the_tolerance():
    (first, second) = compared(
        claim("sharpe_ratio", 0.55), claim("max_drawdown", 0.2), sharpe_ratio=0.48, max_drawdown=-0.3
    )

    assert first.reason == "Sharpe ratio 0.48 against the claimed 0.55: within ±0.20."
    assert second.reason == "Maximum drawdown −30.00 % against the claimed −20.00 %: outside ±8.00 %."
    assert first.difference == pytest.approx(-0.07)


@pytest.mark.parametrize(
    ("window", "overlap", "outcome"),
    [
        ((date(2001, 1, 1), date(2001, 1, 25)), 0.25, "within tolerance"),
        ((date(2001, 1, 1), date(2001, 1, 24)), 0.24, "not comparable"),
        ((date(2002, 1, 1), date(2003, 1, 1)), 0.0, "not comparable"),
        ((date(1999, 1, 1), date(2003, 1, 1)), 1.0, "within tolerance"),
    ],
)
def test_window_of_the_run_decides_what_can_be_compared(window, overlap, outcome):
    hundred_days = claim("sharpe_ratio", 0.5, window=(date(2001, 1, 1), date(2001, 4, 10)))

    (comparison,) = compared(hundred_days, window=window, sharpe_ratio=0.5)

    assert (comparison.window_overlap, comparison.outcome) == (overlap, outcome)


def test_claim_that_our_run_cannot_measure_is_not_compared():
    (foreign, absent) = compared(
        claim("sharpe_ratio", 0.5, comparable=False, basis="Gross, 58 futures."),
        claim("win_rate", 0.5),
        sharpe_ratio=0.5,
        win_rate=None,
    )

    assert (foreign.outcome, foreign.difference) == ("not comparable", None)
    assert foreign.reason == "Sharpe ratio: our run cannot measure the same thing. Gross, 58 futures."
    assert (absent.outcome, absent.reason) == ("not comparable", "Win rate: the run gives no such figure.")


def test_window_that_ends_before_it_starts_is_refused():
    with pytest.raises(WindowOrderError):
        compared(claim("sharpe_ratio", 0.5), window=(date(2001, 1, 2), date(2001, 1, 1)), sharpe_ratio=0.5)


def claims_with(within, same, off):
    """So many Sharpe claims within tolerance, of the same direction, and off, against a measured 0.5."""
    values = [0.5] * within + [0.9] * same + [-0.5] * off
    return compared(*(claim("sharpe_ratio", value, key=f"c{i}") for i, value in enumerate(values)), sharpe_ratio=0.5)


@pytest.mark.parametrize(
    ("within", "same", "off", "word"),
    [
        (3, 0, 0, "Reproduced"),
        (2, 1, 0, "Partly reproduced"),
        (0, 2, 0, "Partly reproduced"),
        (1, 0, 1, "Partly reproduced"),
        (1, 1, 2, "Partly reproduced"),
        (1, 0, 2, "Not reproduced"),
        (0, 0, 1, "Not reproduced"),
    ],
)
def test_word_follows_from_the_counts(within, same, off, word):
    verdict = graded(claims_with(within, same, off))

    assert verdict.word == word
    assert (verdict.n_comparable, verdict.n_within, verdict.n_same_direction) == (within + same + off, within, same)
    assert verdict.gate_version == GATE_VERSION


def test_one_assumed_parameter_keeps_reproduced_away():
    verdict = graded(claims_with(2, 0, 0), assumed=1)

    assert verdict.word == "Partly reproduced"
    assert [r.sentence for r in verdict.reasons if r.code == "assumed_parameters"] == [
        "1 parameter is assumed: the document does not say."
    ]


@pytest.mark.parametrize(("days", "word"), [(90, "Reproduced"), (89, "Partly reproduced")])
def test_window_must_be_covered_to_nine_tenths(days, word):
    hundred_days = claim("sharpe_ratio", 0.5, window=(date(2001, 1, 1), date(2001, 4, 10)))
    end = date.fromordinal(date(2001, 1, 1).toordinal() + days - 1)

    verdict = graded(compared(hundred_days, window=(date(2001, 1, 1), end), sharpe_ratio=0.5))

    assert verdict.word == word


def test_claim_without_a_window_keeps_reproduced_away():
    verdict = graded(compared(claim("sharpe_ratio", 0.5, window=None), sharpe_ratio=0.5))

    assert verdict.word == "Partly reproduced"
    assert "unknown_window" in codes(verdict, "warn")


@pytest.mark.parametrize(
    ("facts", "word", "failed"),
    [
        (ResultFacts(MIN_DAYS, MIN_TRADES, 1), "Reproduced", []),
        (ResultFacts(MIN_DAYS - 1, MIN_TRADES, 1), "Insufficient evidence", ["trading_days"]),
        (ResultFacts(MIN_DAYS, MIN_TRADES - 1, 1), "Insufficient evidence", ["round_trips"]),
        (ResultFacts(MIN_DAYS, MIN_TRADES, 0), "Insufficient evidence", ["days_in_market"]),
    ],
)
def test_run_with_too_little_in_it_is_insufficient_evidence(facts, word, failed):
    verdict = graded(claims_with(1, 0, 0), facts=facts)

    assert (verdict.word, codes(verdict, "fail")) == (word, failed)


def test_too_little_in_the_run_is_said_before_nothing_to_compare():
    verdict = graded((), facts=ResultFacts(MIN_DAYS - 1, MIN_TRADES, 1))

    assert (verdict.word, codes(verdict, "fail")) == ("Insufficient evidence", ["trading_days", "no_claim"])


@pytest.mark.parametrize(
    ("comparisons", "code"),
    [
        ((), "no_claim"),
        (compared(claim("sharpe_ratio", 0.5, comparable=False), sharpe_ratio=0.5), "no_comparable_claim"),
        (
            compared(claim("sharpe_ratio", 0.5, window=(date(1950, 1, 1), date(1990, 1, 1))), sharpe_ratio=0.5),
            "window_apart",
        ),
        (compared(claim("benchmark_annual_return", 0.1), benchmark_annual_return=0.1), "no_claim"),
    ],
)
def test_document_without_a_comparable_claim_is_not_testable(comparisons, code):
    verdict = graded(comparisons)

    assert (verdict.word, codes(verdict, "fail")) == ("Not testable", [code])


def test_benchmark_that_is_off_warns_and_does_not_count():
    verdict = graded(
        compared(
            claim("sharpe_ratio", 0.5),
            claim("benchmark_annual_return", 0.3, key="b"),
            sharpe_ratio=0.5,
            benchmark_annual_return=0.1,
        )
    )

    assert verdict.word == "Reproduced"
    assert {r.code: r.tone for r in verdict.reasons}["claim_b"] == "warn"


def test_trials_lower_the_deflated_sharpe_and_not_the_word():
    one, many = (graded(claims_with(1, 0, 0), n_trials=n) for n in (1, 1000))

    assert one.word == many.word == "Reproduced"
    assert one.deflated_sharpe > 0.95 > many.deflated_sharpe
    assert [r.tone for v in (one, many) for r in v.reasons if r.code == "deflated_sharpe"] == ["pass", "warn"]


def test_findings_are_passed_on_as_warnings():
    verdict = graded(claims_with(1, 0, 0), findings=[SimpleNamespace(code="stale_marks", message="One mark is old.")])

    assert (verdict.reasons[-1].code, verdict.reasons[-1].tone) == ("stale_marks", "warn")


def test_strategy_that_was_not_run_says_so():
    verdict = not_run(reason="The strategy has open questions.")

    assert (verdict.word, verdict.reasons[0].sentence) == ("Not run", "The strategy has open questions.")


def test_facts_of_a_real_run_are_its_counts():
    result = run(spec=crossing(), panel=gbm())

    facts = facts_of(result)

    assert facts.n_days == 5033
    assert facts.n_trades + int(result.trades.is_open.sum()) == len(result.trades)
    assert facts.days_in_market == int((result.exposure > 0).sum())


def test_status_counts_leave_out_what_no_return_depends_on():
    strategy = crossing(benchmark="IDX")

    counts = status_counts(strategy)

    assert counts[Status.STATED] == len(strategy.parameters) - 2
    assert counts[Status.ASSUMED] == 0


def test_every_gate_shows_its_number_its_threshold_and_its_definition():
    verdict = graded(claims_with(2, 1, 1), assumed=2)

    assert gates(verdict) == {
        "trading_days": (5000, "at least", MIN_DAYS),
        "days_in_market": (3000, "at least", 1),
        "round_trips": (50, "at least", MIN_TRADES),
        "comparable_claims": (4, "at least", 1),
        "claim_c0": (0.0, "at most", 0.2),
        "claim_c1": (0.0, "at most", 0.2),
        "claim_c2": (0.4, "at most", 0.2),
        "claim_c3": (1.0, "at most", 0.2),
        "claims_within": (0.5, "at least", 1.0),
        "claims_agreeing": (0.75, "at least", 0.5),
        "window_overlap": (1.0, "at least", FULL_OVERLAP),
        "unknown_window": (0, "at most", 0),
        "assumed_parameters": (2, "at most", 0),
        "deflated_sharpe": (verdict.deflated_sharpe, "at least", 0.95),
    }
    assert all(reason.label and reason.definition for reason in verdict.reasons)


def test_gate_of_a_claim_names_both_figures_and_where_the_tolerance_comes_from():
    verdict = graded(compared(claim("sharpe_ratio", 0.55), claim("win_rate", 0.5, key="w", tolerance=0.1),
                              claim("annual_volatility", 0.1, key="v"), sharpe_ratio=0.48, win_rate=0.55))  # fmt: skip

    said = {r.code: r.definition for r in verdict.reasons}
    assert said["claim_c"].startswith("Measured 0.48, claimed 0.55. ")
    assert "Tolerance: 0.20 for every claim of this kind." in said["claim_c"]
    assert "Tolerance: the claim's own tolerance." in said["claim_w"]
    assert said["claim_v"].startswith("Claimed 10.00 %, not measured. ")
    assert "Tolerance: 20% of the claimed figure." in said["claim_v"]
    assert gates(verdict)["claim_v"] == (None, "at most", pytest.approx(0.02))


def test_gate_of_a_claim_whose_window_the_run_hardly_covers_is_about_the_window():
    hundred_days = claim("sharpe_ratio", 0.5, window=(date(2001, 1, 1), date(2001, 4, 10)))

    verdict = graded(compared(hundred_days, window=(date(2001, 1, 1), date(2001, 1, 24)), sharpe_ratio=0.5))

    assert gates(verdict)["claim_c"] == (0.24, "at least", MIN_OVERLAP)


def test_returns_that_do_not_vary_leave_the_deflated_sharpe_empty_with_its_reason():
    verdict = graded(claims_with(1, 0, 0), facts=ResultFacts(MIN_DAYS, MIN_TRADES, 1))

    (gate,) = (r for r in verdict.reasons if r.code == "deflated_sharpe")
    assert (gate.number, gate.tone) == (None, "warn")
    assert gate.sentence == "The daily returns do not vary, so nothing can be said about luck."


def test_missing_data_are_not_testable_and_say_which():
    missing = [
        SimpleNamespace(code="data_missing", message="Data missing: VIX (for “fear”)."),
        SimpleNamespace(code="unknown_symbol", message="There is no “XYZ”."),
        SimpleNamespace(code="no_value", message="Which value applies?"),
    ]

    verdict = data_missing(missing)

    assert verdict.word == "Not testable"
    assert [(r.code, r.sentence, r.number, r.threshold) for r in verdict.reasons] == [
        ("data_missing", "Data missing: VIX (for “fear”).", 2, 0),
        ("data_missing", "Data missing: There is no “XYZ”.", 2, 0),
    ]
    assert data_missing(missing[2:]) is None
