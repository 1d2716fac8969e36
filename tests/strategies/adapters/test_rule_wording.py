"""The rule reader against many ways of saying the same thing."""

from __future__ import annotations

import pytest

from apps.domain.language import Status
from tests.strategies.adapters.papers import draft_of

AVERAGE = "close > trend"
CROSSOVER = "fast_average > slow_average"
MOMENTUM = "past_return > 0"
REVERSAL = "strength < buy_below"
_INDEX = " The S&P 500 is traded."
_STOCKS = " We trade large US stocks."

RULES = [
    ("Buy the S&P 500 when it closes above its 200-day moving average and sell when it falls below it.", AVERAGE, {"window": (200, "days")}),
    ("We hold the index when its price is above the 10-month simple moving average." + _INDEX, AVERAGE, {"window": (10, "months"), "rebalance": ("monthly", "choice")}),
    ("The fund is invested when the price exceeds the average of the last twelve months, a moving average of closes." + _INDEX, AVERAGE, {"window": (12, "months")}),
    ("Investors stay long as long as the index trades above its 50-week exponential moving average." + _INDEX, AVERAGE, {"window": (50, "weeks"), "rebalance": ("weekly", "choice")}),
    ("Hold equities while the close is above the 200DMA; otherwise move to cash." + _INDEX, AVERAGE, {"window": (200, "days"), "rebalance": ("daily", "choice")}),
    ("A long position is entered when the close is above the SMA(150) and exited otherwise." + _INDEX, AVERAGE, {"window": (150, "days")}),
    ("Own the index if its month-end price is above a moving average of the last ten months." + _INDEX, AVERAGE, {"window": (10, "months")}),
    ("Go long when the 50-day moving average crosses above the 200-day moving average." + _INDEX, CROSSOVER, {"fast": (50, "days"), "slow": (200, "days")}),
    ("We buy when the 20/100-day moving average crossover turns up and sell when it turns down." + _INDEX, CROSSOVER, {"fast": (20, "days"), "slow": (100, "days")}),
    ("The position is long while the fast average of 10 days exceeds the slow average of 30 days, both simple moving averages." + _INDEX, CROSSOVER, {"fast": (10, "days"), "slow": (30, "days")}),
    ("We buy when the two-month moving average is above the ten-month moving average." + _INDEX, CROSSOVER, {"fast": (2, "months"), "slow": (10, "months")}),
    ("Each stock is held when its own past 12-month return is positive." + _STOCKS, MOMENTUM, {"lookback": (12, "months")}),
    ("We are long an asset if its excess return over the past twelve months is positive and in cash otherwise." + _STOCKS, MOMENTUM, {"lookback": (12, "months")}),
    ("Each month we buy every stock whose trailing six-month return is greater than zero." + _STOCKS, MOMENTUM, {"lookback": (6, "months"), "rebalance": ("monthly", "choice")}),
    ("The sign of the return over the previous 252 days decides: positive, we hold the stock; negative, we exit." + _STOCKS, MOMENTUM, {"lookback": (252, "days")}),
    ("A stock is bought if its return over the last one year is positive, skipping the last month." + _STOCKS, MOMENTUM, {"lookback": (1, "years"), "skip": (1, "months")}),
    ("Every stock with a 9-month return above zero is held, with positions reviewed weekly." + _STOCKS, MOMENTUM, {"lookback": (9, "months"), "rebalance": ("weekly", "choice")}),
    ("Buy a stock when its past 3-month return exceeds 5%." + _STOCKS, "past_return > threshold", {"lookback": (3, "months"), "threshold": (0.05, "fraction")}),
    ("Stocks are ranked by their past 12-month return, skipping the most recent month, and the top five are held." + _STOCKS, "past_return", {"lookback": (12, "months"), "skip": (1, "months"), "count": (5, "count")}),
    ("We sort stocks on cumulative returns over the prior six months and buy the top decile." + _STOCKS, "past_return", {"lookback": (6, "months"), "count": (2, "count")}),
    ("Every quarter the 4 stocks with the highest returns over the past year are bought; winners are re-ranked." + _STOCKS, "past_return", {"lookback": (1, "years"), "count": (4, "count"), "rebalance": ("quarterly", "choice")}),
    ("Rank all stocks on 11-month returns excluding the last 21 days; hold the top quintile, rebalanced monthly." + _STOCKS, "past_return", {"lookback": (11, "months"), "skip": (21, "days"), "count": (4, "count"), "rebalance": ("monthly", "choice")}),
    ("Stocks are ranked on their formation period of nine months and the strongest 3 are held for three months." + _STOCKS, "past_return", {"lookback": (9, "months"), "count": (3, "count"), "rebalance": ("quarterly", "choice")}),
    ("Following 12-1 momentum, we rank the stocks and hold the best 6 performers." + _STOCKS, "past_return", {"lookback": (12, "months"), "skip": (1, "months"), "count": (6, "count")}),
    ("Buy when the 2-day RSI falls below 10 and sell when it rises above 70." + _INDEX, REVERSAL, {"length": (2, "days"), "buy_below": (10, "number"), "sell_above": (70, "number"), "rebalance": ("daily", "choice")}),
    ("We buy when the relative strength index drops below 30 and exit when it is above 50." + _INDEX, REVERSAL, {"buy_below": (30, "number"), "sell_above": (50, "number")}),
    ("Enter when RSI(5) is under twenty-five, exit when RSI(5) exceeds seventy-five." + _INDEX, REVERSAL, {"length": (5, "days"), "buy_below": (25, "number"), "sell_above": (75, "number")}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "expected"), RULES, ids=[text[:48] for text, _, _ in RULES])
def test_rule_in_other_words_gives_the_same_parameters(text, rule, expected):
    draft = draft_of(text)

    selection = draft.selection
    assert (selection.enter if selection.kind == "per_asset" else selection.by) == rule
    assert {name: (draft.parameters[name].value, draft.parameters[name].unit.value) for name in expected} == expected


_RULE = "At the end of each month we buy the S&P 500 when it is above its ten-month moving average. "
PRACTICE = [
    ("Trading costs are 10 basis points one way.", "cost", 10.0, Status.STATED),
    ("Each trade pays a commission of 0.1%.", "cost", 10.0, Status.STATED),
    ("We deduct transaction costs of twenty bps per trade.", "cost", 20.0, Status.STATED),
    ("Costs are 0.2 per cent for a round trip.", "cost", 10.0, Status.INFERRED),
    ("All results are gross of transaction costs.", "cost", 0.0, Status.STATED),
    ("Transaction costs are ignored.", "cost", 0.0, Status.STATED),
    ("The zero-cost portfolio earns 1.31% per month.", "cost", None, Status.MISSING),
    ("Orders are executed at the next day's open.", "fill", "next_open", Status.STATED),
    ("Trades are filled at the opening price of the following day.", "fill", "next_open", Status.STATED),
    ("Positions are entered at the close of the next trading day.", "fill", "next_close", Status.STATED),
    ("Trades are executed at the same close.", "fill", "next_close", Status.INFERRED),
    ("Nothing else is said.", "fill", "next_open", Status.ASSUMED),
    ("We start with an initial capital of $250,000.", "capital", 250_000.0, Status.STATED),
    ("The portfolio starts with $5 million.", "capital", 5_000_000.0, Status.STATED),
    ("Nothing else is said.", "capital", 1_000_000.0, Status.ASSUMED),
    ("The sample runs from January 2001 to June 2012.", "start", "2001-01-01", Status.STATED),
    ("The sample runs from January 2001 to June 2012.", "end", "2012-06-30", Status.STATED),
    ("Our test covers 2003–2015.", "end", "2015-12-31", Status.STATED),
    ("Our test covers 1926 to 1965.", "start", "1999-01-04", Status.ASSUMED),
    ("The benchmark is the Nasdaq Composite.", "benchmark", "IXIC", Status.STATED),
    ("Nothing else is said.", "benchmark", "SPX", Status.ASSUMED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "name", "value", "status"), PRACTICE, ids=[f"{n}: {s[:44]}" for s, n, _, _ in PRACTICE]
)
def test_practice_sentence_gives_value_and_status(sentence, name, value, status):
    parameter = draft_of(_RULE + sentence).parameters[name]

    assert (parameter.value, parameter.status) == (value, status)
    assert parameter.note or parameter.question or parameter.citation


CLAIMS = [
    ("The strategy returned 7.1% a year.", {("annual_return", 0.071)}),
    ("The compound annual return is 8.25 per cent with a volatility of 11%.", {("annual_return", 0.0825), ("annual_volatility", 0.11)}),
    ("Its maximum drawdown was 18% against 54% for buy and hold.", {("max_drawdown", -0.18), ("benchmark_max_drawdown", -0.54)}),
    ("The Sharpe ratio is 0.62 and the win rate 58%.", {("sharpe_ratio", 0.62), ("win_rate", 0.58)}),
    ("It earned 1.31% per month on average.", {("mean_monthly_return", 0.0131)}),
    ("Buy and hold returned 5.4% a year.", {("benchmark_annual_return", 0.054)}),
    ("A Sharpe ratio above one was reached.", {("sharpe_ratio", 1.0)}),
    ("Positions are scaled to a target volatility of 40%.", set()),
    ("The rule was invested on 60% of days and cost 5 basis points.", set()),
    ("An annualised return of 9.8%, an annualised volatility of 12.1% and a worst drawdown of -15.0% result.", {("annual_return", 0.098), ("annual_volatility", 0.121), ("max_drawdown", -0.15)}),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), CLAIMS, ids=[s[:48] for s, _ in CLAIMS])
def test_reported_figure_becomes_a_claim_of_its_metric(sentence, expected):
    claims = draft_of(_RULE + sentence).claims

    assert {(claim.metric, claim.value) for claim in claims} == expected
