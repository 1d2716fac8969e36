"""The three research notes: what the reader finds in them, and that their figures are true."""

from __future__ import annotations

import pytest

from apps.domain.language import Status, runnable
from docs.research_notes import build_notes
from tests.strategies.adapters.papers import NOTES, pages_of_pdf, read

TITLES = {
    "ten_month_timing": "Ten-month timing of the S&P 500",
    "time_series_momentum": "Time-series momentum in large US stocks",
    "cross_sectional_momentum": "Cross-sectional momentum: buying past winners",
}
STATED, INFERRED, ASSUMED, MISSING = Status.STATED, Status.INFERRED, Status.ASSUMED, Status.MISSING
EXPECTED = {
    "ten_month_timing": {
        "window": (10, STATED, 1), "dataset": ("sp500", INFERRED, None), "symbols": (["SPX"], STATED, 1), "benchmark": ("SPX", STATED, 2),
        "start": ("2000-01-01", STATED, 2), "end": ("2012-12-31", STATED, 2), "rebalance": ("monthly", STATED, 1), "fill": ("next_open", STATED, 1),
        "cost": (0.0, STATED, 2), "capital": (1_000_000.0, ASSUMED, None),
    },
    "time_series_momentum": {
        "lookback": (12, STATED, 1), "dataset": ("us-large-caps", INFERRED, None), "symbols": ([], INFERRED, 1), "benchmark": ("SPX", STATED, 1),
        "start": ("1992-01-01", STATED, 1), "end": ("2021-12-31", STATED, 1), "rebalance": ("monthly", STATED, 1), "fill": ("next_close", STATED, 1),
        "cost": (5.0, STATED, 1), "capital": (1_000_000.0, ASSUMED, None),
    },
    "cross_sectional_momentum": {
        "lookback": (12, STATED, 1), "skip": (1, STATED, 1), "count": (None, MISSING, None), "dataset": ("us-large-caps", INFERRED, None),
        "symbols": ([], INFERRED, 1), "benchmark": ("SPX", ASSUMED, None), "start": ("1990-01-02", ASSUMED, None), "end": ("2022-12-28", ASSUMED, None),
        "rebalance": (None, MISSING, None), "fill": ("next_close", STATED, 1), "cost": (None, MISSING, None), "capital": (1_000_000.0, ASSUMED, None),
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def readings():
    return {name: read(pages_of_pdf(NOTES / f"{name}.pdf"), title) for name, title in TITLES.items()}


@pytest.fixture(scope="module")
def prices():
    return build_notes.panels()


@pytest.mark.parametrize("name", TITLES)
def test_note_gives_exactly_one_strategy_with_the_expected_table(readings, name):
    drafts = readings[name].drafts

    assert len(drafts) == 1
    found = {
        key: (p.value, p.status, p.citation.page if p.citation else None) for key, p in drafts[0].parameters.items()
    }
    assert found == EXPECTED[name]


@pytest.mark.parametrize("name", TITLES)
def test_every_quote_of_a_note_is_located(readings, name):
    draft = readings[name].drafts[0]
    cited = [p.citation for p in draft.parameters.values()] + [c.citation for c in draft.claims]
    cited += [a.citation for p in draft.parameters.values() for a in p.alternatives]

    matches = {citation.match for citation in cited if citation is not None}

    assert matches <= {"exact", "normalised"}
    assert all(citation.boxes and len(citation.quote) <= 300 for citation in cited if citation is not None)


def test_rules_of_the_notes_are_the_ones_they_state(readings):
    selections = {name: reading.drafts[0].selection.model_dump(exclude_none=True) for name, reading in readings.items()}

    assert selections == {
        "ten_month_timing": {"kind": "per_asset", "enter": "close > trend"},
        "time_series_momentum": {"kind": "per_asset", "enter": "past_return > 0"},
        "cross_sectional_momentum": {"kind": "top_n", "by": "past_return", "count": "count", "side": "top"},
    }
    assert readings["cross_sectional_momentum"].drafts[0].signals == {
        "past_return": "trailing_return(close, lookback, skip)"
    }


def test_contradiction_and_gaps_of_the_third_note_are_questions(readings):
    table = readings["cross_sectional_momentum"].drafts[0].parameters

    assert [table[name].question for name in ("rebalance", "cost", "count")] == [
        "The document says monthly on page 1 and quarterly on page 2: which one?",
        "The document does not state a trading cost. What does a trade cost, one way, in basis points?",
        "The document does not state how many instruments are held. How many?",
    ]
    assert [(a.value, a.citation.page) for a in table["rebalance"].alternatives] == [("monthly", 1), ("quarterly", 2)]


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("ten_month_timing", (1901, 2012)),
        ("time_series_momentum", (1985, 2009)),
        ("cross_sectional_momentum", (1965, 1989)),
    ],
)
def test_published_figures_are_not_held_against_our_runs(readings, name, years):
    published = [c for c in readings[name].drafts[0].claims if (c.window_start.year, c.window_end.year) == years]

    assert published
    assert {(c.comparable, c.basis.startswith("As the cited publication reports it.")) for c in published} == {
        (False, True)
    }


@pytest.mark.parametrize(
    ("name", "data", "benchmark", "n_claims"),
    [("ten_month_timing", "sp500", None, 6), ("time_series_momentum", "us-large-caps", "sp500-close", 7)],
)
def test_replicated_figures_are_what_the_engine_gives_for_the_draft_as_read(
    readings, prices, name, data, benchmark, n_claims
):
    draft = readings[name].drafts[0]
    own = [claim for claim in draft.claims if claim.comparable]

    measured = build_notes.replicate(runnable(draft), prices[data], prices[benchmark] if benchmark else None)

    assert len(own) == n_claims
    for claim in own:
        digits = 2 if claim.metric == "sharpe_ratio" else 3
        assert claim.value == pytest.approx(measured[claim.metric], abs=0.51 * 10**-digits), claim.metric


def test_rebuilding_the_notes_gives_the_same_bytes(tmp_path):
    written = build_notes.build(tmp_path)

    assert [path.read_bytes() for path in written] == [(NOTES / path.name).read_bytes() for path in written]


def test_figure_that_the_replication_does_not_give_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr(build_notes, "FOLDER", tmp_path)
    (tmp_path / "x.html").write_text("<p>{{unknown}}</p>")

    with pytest.raises(ValueError, match="unknown"):
        build_notes._note("x", "X", "X", {"annual_return": 0.1})
