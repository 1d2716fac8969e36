"""The rule reader on whole documents: good, bad, empty and long."""

from __future__ import annotations

import random

import pytest

from apps.domain.language import Status
from apps.strategies.adapters.reader import Catalogue, NoStrategyFound
from tests.strategies.adapters.papers import CATALOGUE, draft_of, pages_of, read, table_page

_RULE = "At the end of each month we buy the S&P 500 when it is above its ten-month moving average. Trades cost 5 bps."
_PROSE = (
    "The committee reviewed staffing for the coming year. Attendance was 93% in March. Minutes were approved by all members "
    "and the average age of participants was forty. The moving van arrives on Monday."
)


def test_document_without_a_rule_says_what_was_looked_for_and_what_to_do():
    with pytest.raises(NoStrategyFound) as caught:
        read(pages_of(_PROSE))

    assert caught.value.message.startswith(
        "No strategy was found in 1 page. The rule reader looks for sentences that state a rule of moving-average timing"
    )
    assert caught.value.message.endswith("Write the strategy by hand, or read the document with the Claude reader.")


@pytest.mark.parametrize("texts", [(), ("",), ("", " ", "\n")])
def test_empty_document_asks_for_text_recognition(texts):
    with pytest.raises(NoStrategyFound, match="text recognition"):
        read(pages_of(*texts))


@pytest.mark.parametrize("seed", range(6))
def test_garbage_gives_no_strategy_and_no_crash(seed):
    chance = random.Random(seed)
    alphabet = "abc 0123 .,;:-–%()/&'“”\u00ad\ufb01 é中 \u202f\n"
    pages = pages_of(*("".join(chance.choice(alphabet) for _ in range(3000)) for _ in range(3)))

    with pytest.raises(NoStrategyFound):
        read(pages)


@pytest.mark.parametrize("seed", range(8))
def test_shuffled_words_of_a_strategy_never_break_the_draft(seed):
    words = (
        _RULE
        + " The top 40 stocks by past 12-month return, skipping 13 months. RSI below 90, above 5. Costs of 99% a trade."
    ).split()
    random.Random(seed).shuffle(words)

    try:
        drafts = read(pages_of(" ".join(words))).drafts
    except NoStrategyFound:
        drafts = ()

    assert all(draft.parameters for draft in drafts)


def test_rule_on_the_last_of_thirty_pages_is_found():
    pages = pages_of(*([_PROSE * 12] * 29), _RULE)
    reading = read(pages)

    assert reading.drafts[0].parameters["window"].citation.page == 30


def test_two_hundred_pages_give_the_rule_on_the_last_one():
    pages = pages_of(*(f"{_PROSE * 12} Item {n}." for n in range(199)), _RULE)

    reading = read(pages)

    assert [d.parameters["window"].value for d in reading.drafts] == [10]
    assert reading.drafts[0].parameters["cost"].citation.page == 200


def test_contradiction_becomes_a_question_with_both_places_cited():
    draft = draft_of(_RULE, "To save costs the portfolio is rebalanced quarterly.")

    rebalance = draft.parameters["rebalance"]
    assert (rebalance.value, rebalance.status) == (None, Status.MISSING)
    assert rebalance.question == "The document says monthly on page 1 and quarterly on page 2: which one?"
    assert [(a.value, a.citation.page, a.citation.match) for a in rebalance.alternatives] == [
        ("monthly", 1, "exact"),
        ("quarterly", 2, "exact"),
    ]


def test_other_lengths_in_a_robustness_section_are_alternatives_not_contradictions():
    draft = draft_of(_RULE, "As a robustness check we also tested a six-month moving average.")

    window = draft.parameters["window"]
    assert (window.value, window.status) == (10, Status.STATED)
    assert [(a.value, a.reason) for a in window.alternatives] == [(6, "Mentioned as another choice.")]


def test_equal_lengths_in_different_units_are_no_contradiction():
    draft = draft_of(_RULE + " The position is held above the moving average of the last 210 days.")

    assert draft.parameters["window"].value == 10


def test_published_length_does_not_override_the_documents_own():
    draft = draft_of("Smith (2001) buys when the price is above its 50-day moving average.\n" + _RULE)

    window = draft.parameters["window"]
    assert (window.value, window.unit.value) == (10, "months")
    assert [(a.value, a.reason) for a in window.alternatives] == [(50, "As the cited publication has it.")]


def test_two_strategies_in_one_document_give_two_drafts():
    reading = read(
        pages_of(_RULE, "We buy the S&P 500 when the 5-day RSI is below 20 and sell it when the RSI is above 60.")
    )

    assert sorted(d.meta.family for d in reading.drafts) == ["mean_reversion", "trend"]


def test_rule_broken_over_lines_and_pages_keeps_its_quote():
    pages = pages_of(
        "Stocks with a positive twelve-month re-\nturn are held. We buy a stock when its past 12-\nmonth return is positive and hold the large US stocks.",
        width=5,
    )

    lookback = read(pages).drafts[0].parameters["lookback"]

    assert (lookback.value, lookback.status) == (12, Status.STATED)
    assert lookback.citation.match in {"exact", "normalised"}


def test_list_of_references_is_not_read():
    with pytest.raises(NoStrategyFound):
        read(pages_of(_PROSE + "\nReferences\n" + _RULE))


def test_more_holdings_than_instruments_becomes_a_question():
    draft = draft_of("We rank stocks by their past 12-month return and hold the top 100 stocks, rebalanced monthly.")

    count = draft.parameters["count"]
    assert (count.value, count.status) == (None, Status.MISSING)
    assert (
        count.question == "The document holds 100, but the data set has only 20 instruments. How many are to be held?"
    )


def test_open_fill_on_closes_only_becomes_the_next_close():
    draft = draft_of(
        "A stock is held when its own past 12-month return is positive. Orders are filled at the next open. We trade large US stocks."
    )

    fill = draft.parameters["fill"]
    assert (fill.value, fill.status, [a.value for a in fill.alternatives]) == (
        "next_close",
        Status.INFERRED,
        ["next_open"],
    )


def test_long_short_document_proposes_both_legs():
    reading = read(
        pages_of(
            "We rank stocks by their past 12-month return, buy the top decile and sell the bottom decile short. The long-short portfolio earns 1.1% per month."
        )
    )

    selection = reading.drafts[0].selection
    assert (selection.long[0].keep, selection.short[0].keep) == ("top", "bottom")
    assert (reading.drafts[0].parameters["leg"].value, reading.drafts[0].parameters["leg"].unit) == (0.1, "fraction")
    assert [(c.metric, c.value, c.comparable) for c in reading.drafts[0].claims] == [
        ("mean_monthly_return", 0.011, True)
    ]
    assert not any("sells short" in remark for remark in reading.remarks)


def test_figure_of_another_market_is_kept_but_not_compared():
    draft = draft_of(_RULE, "On 40 liquid futures from 1990 to 2010 the rule returned 9% a year.")

    claim = draft.claims[0]
    assert (claim.comparable, claim.basis) == (False, "The figure is for futures, which the data set does not hold.")


def test_named_companies_choose_the_data_set_that_carries_them():
    draft = draft_of("We buy Apple, IBM and Google when the price is above its 100-day moving average.")

    assert draft.parameters["dataset"].value == "us-five"
    assert (draft.parameters["symbols"].value, draft.parameters["symbols"].status) == (
        ["AAPL", "GOOG", "IBM"],
        Status.STATED,
    )


def test_catalogue_without_data_gives_questions():
    reading = read(pages_of(_RULE), catalogue=Catalogue(()))

    assert [reading.drafts[0].parameters[n].status for n in ("dataset", "symbols")] == [Status.MISSING, Status.MISSING]


def test_same_document_gives_the_same_reading():
    pages = pages_of(_RULE, _PROSE)

    assert read(pages) == read(pages)


def test_table_gives_claims_by_column_and_window():
    pages = (
        *pages_of(_RULE),
        table_page(
            2,
            ["Table 1: results for January 2001 to December 2010, net of costs"],
            [["Measure", "Timing", "Buy and hold"], ["Annual return", "6.5%", "1.4%"], ["Volatility", "10.2%", "19%"], ["Sharpe ratio", "0.64", "0.07"], ["Maximum drawdown", "(17.1%)", "(54.0%)"]],
        ),
    )  # fmt: skip

    claims = read(pages).drafts[0].claims

    assert [(c.metric, c.value, c.basis, c.citation.page, c.citation.match) for c in claims] == [
        ("annual_return", 0.065, "Net of costs.", 2, "exact"),
        ("benchmark_annual_return", 0.014, "Net of costs.", 2, "exact"),
        ("annual_volatility", 0.102, "Net of costs.", 2, "exact"),
        ("sharpe_ratio", 0.64, "Net of costs.", 2, "exact"),
        ("max_drawdown", -0.171, "Net of costs.", 2, "exact"),
        ("benchmark_max_drawdown", -0.54, "Net of costs.", 2, "exact"),
    ]
    assert {(str(c.window_start), str(c.window_end)) for c in claims} == {("2001-01-01", "2010-12-31")}


def test_catalogue_finds_data_sets_and_symbols():
    assert CATALOGUE.find("sp500").symbols == ("SPX",)
    assert (CATALOGUE.find("none"), CATALOGUE.holds("SPX"), CATALOGUE.holds("ZZZ")) == (None, True, False)


_CLASSIC_TIMING = (
    "The system is as follows: BUY RULE: Buy when monthly price > 10-month SMA. SELL RULE: Sell and move to cash when monthly price < 10-month SMA. "
    "All entry and exit prices are on the day of the signal at the close. The model is only updated once a month on the last day of the month. "
    "All data series are total return series including dividends. Taxes, commissions, and slippage are excluded. "
    "The S&P 500 from 1950-2008 shows an annualized return of 9.2% for buy and hold while timing returned 10.4%. "
    "Timing reduces volatility from 17.8% to 12.0%, and the maximum drawdown falls from 48.6% to 20.3%."
)


def test_classic_timing_paper_keeps_strategy_and_benchmark_apart():
    draft = draft_of(_CLASSIC_TIMING)

    table = draft.parameters
    assert {n: (table[n].value, table[n].status) for n in ("window", "rebalance", "fill", "cost")} == {
        "window": (10, Status.STATED),
        "rebalance": ("monthly", Status.STATED),
        "fill": ("next_close", Status.INFERRED),
        "cost": (0.0, Status.STATED),
    }
    assert [(c.metric, c.value) for c in draft.claims] == [
        ("benchmark_annual_return", 0.092),
        ("annual_return", 0.104),
        ("annual_volatility", 0.12),
        ("benchmark_max_drawdown", -0.486),
        ("max_drawdown", -0.203),
    ]
    assert {c.basis for c in draft.claims} == {
        "Gross of costs. The figure includes dividends; the data set is a price index without them."
    }


def test_academic_momentum_paper_is_read_by_its_symbols():
    draft = draft_of(
        "At the end of each month t, all stocks are ranked in ascending order on the basis of their past J-month returns, with J = 12. "
        "We skip the most recent month to avoid microstructure effects. The top decile portfolio is called the winners. Portfolios are held for one month."
    )

    table = draft.parameters
    assert {n: (table[n].value, table[n].status) for n in ("lookback", "skip", "count", "rebalance")} == {
        "lookback": (12, Status.STATED),
        "skip": (1, Status.STATED),
        "count": (2, Status.INFERRED),
        "rebalance": ("monthly", Status.STATED),
    }


def test_further_condition_of_a_reversal_rule_is_remarked():
    reading = read(
        pages_of(
            "The S&P 500 must be above its 200-day moving average. Buy when the 2-period RSI closes below 5. Exit when RSI closes above 65."
        )
    )

    assert [d.meta.family for d in reading.drafts] == ["mean_reversion"]
    assert reading.remarks[0].startswith("The document also wants the price on one side of a moving average (page 1).")


def test_columns_without_titles_give_no_claims():
    pages = (*pages_of(_RULE), table_page(2, [], [["Annual return", "6.5%", "1.4%"], ["Sharpe ratio", "0.64", "0.07"]]))

    assert read(pages).drafts[0].claims == []
