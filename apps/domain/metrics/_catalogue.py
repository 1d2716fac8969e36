"""The words and conventions that travel with each number. Light: pages read it without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

MetricUnit = Literal["fraction", "number", "count", "days"]
Better = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure. `unit` says how to format it; `better` which direction is good, None when neither is.

    A drawdown or a value at risk is a negative number, so "higher" (nearer zero) is better.
    """

    key: str
    label: str
    convention: str
    unit: MetricUnit
    better: Better | None


_DAILY = "daily simple returns"
METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.key: metric
        for metric in (
            Metric(
                "total_return", "Total return", "last equity over first, minus 1, net of costs", "fraction", "higher"
            ),
            Metric("annual_return", "Annual return", "compound, 252 trading days per year", "fraction", "higher"),
            Metric("annual_volatility", "Annual volatility", f"{_DAILY}, ddof 1, times √252", "fraction", "lower"),
            Metric(
                "sharpe_ratio", "Sharpe ratio", f"{_DAILY}, ddof 1, times √252, risk-free rate 0", "number", "higher"
            ),
            Metric(
                "sortino_ratio",
                "Sortino ratio",
                f"{_DAILY}, downside over all days, target 0, times √252",
                "number",
                "higher",
            ),
            Metric(
                "max_drawdown",
                "Maximum drawdown",
                "compounded equity at closes, from the running high",
                "fraction",
                "higher",
            ),
            Metric(
                "max_drawdown_days",
                "Longest drawdown",
                "trading days from a high to its recovery, or to the end",
                "days",
                "lower",
            ),
            Metric(
                "calmar_ratio", "Calmar ratio", "annual return over maximum drawdown, whole window", "number", "higher"
            ),
            Metric(
                "value_at_risk_95",
                "Value at risk, 95 %",
                "historical, 1 day, 5 % quantile of daily returns",
                "fraction",
                "higher",
            ),
            Metric(
                "mean_monthly_return",
                "Mean monthly return",
                "arithmetic mean of calendar months, partial ones included",
                "fraction",
                "higher",
            ),
            Metric("best_month", "Best month", "calendar months, partial ones included", "fraction", "higher"),
            Metric("worst_month", "Worst month", "calendar months, partial ones included", "fraction", "higher"),
            Metric("win_rate", "Win rate", "closed round trips with a profit after costs", "fraction", "higher"),
            Metric(
                "profit_factor",
                "Profit factor",
                "net profits over net losses of closed round trips",
                "number",
                "higher",
            ),
            Metric("n_trades", "Round trips", "closed, from flat to flat per instrument", "count", None),
            Metric("turnover", "Turnover", "one way, per 252 trading days, over mean equity", "fraction", "lower"),
            Metric("time_in_market", "Time in the market", "days that ended with a position", "fraction", None),
            Metric("cost_paid", "Costs paid", "over the starting capital", "fraction", "lower"),
            Metric("beta", "Beta", f"{_DAILY} against the benchmark, ddof 1", "number", None),
            Metric("alpha", "Alpha", f"Jensen, {_DAILY}, times 252, risk-free rate 0", "fraction", "higher"),
            Metric("correlation", "Correlation", f"Pearson, {_DAILY} against the benchmark", "number", None),
            Metric(
                "tracking_error", "Tracking error", "daily return differences, ddof 1, times √252", "fraction", "lower"
            ),
            Metric(
                "benchmark_annual_return",
                "Benchmark annual return",
                "compound, 252 trading days per year, no costs",
                "fraction",
                None,
            ),
            Metric(
                "benchmark_max_drawdown",
                "Benchmark maximum drawdown",
                "compounded equity at closes, from the running high",
                "fraction",
                None,
            ),
            Metric(
                "benchmark_sharpe",
                "Benchmark Sharpe ratio",
                f"{_DAILY}, ddof 1, times √252, risk-free rate 0",
                "number",
                None,
            ),
            Metric(
                "expected_shortfall_95",
                "Expected shortfall, 95 %",
                "mean of daily returns at or below the historical 5 % quantile",
                "fraction",
                "higher",
            ),
            Metric("skewness", "Skewness", f"{_DAILY}, population", "number", None),
            Metric("excess_kurtosis", "Excess kurtosis", f"{_DAILY}, population, normal 0", "number", None),
            Metric("ulcer_index", "Ulcer index", "root mean square of daily drawdowns", "fraction", "lower"),
            Metric(
                "sharpe_standard_error", "Standard error of the Sharpe ratio", "Mertens 2002, annual", "number", "lower"
            ),
            Metric(
                "average_exposure",
                "Average exposure",
                "gross value of positions over equity, mean of the closes",
                "fraction",
                None,
            ),
            Metric(
                "payoff_ratio",
                "Payoff ratio",
                "mean net return of winning over losing closed round trips",
                "number",
                "higher",
            ),
            Metric("average_days_held", "Average holding", "trading days, closed round trips", "number", None),
            Metric(
                "break_even_cost",
                "Break-even cost",
                "one way, of the traded value, at which the annual return is zero, to first order",
                "fraction",
                "higher",
            ),
            Metric(
                "information_ratio",
                "Information ratio",
                f"{_DAILY} less the benchmark's, times 252, over tracking error",
                "number",
                "higher",
            ),
            Metric(
                "up_capture",
                "Up capture",
                "compound annual return in the benchmark's rising months over the benchmark's",
                "number",
                "higher",
            ),
            Metric(
                "down_capture",
                "Down capture",
                "compound annual return in the benchmark's falling months over the benchmark's",
                "number",
                "lower",
            ),
            Metric(
                "value_at_risk_95_normal",
                "Value at risk, 95 %, normal",
                "1 day, 5 % quantile of a normal distribution, mean and population deviation of daily returns",
                "fraction",
                "higher",
            ),
            Metric(
                "value_at_risk_95_modified",
                "Value at risk, 95 %, modified",
                "1 day, Cornish-Fisher (Favre and Galeano 2002), population moments of daily returns",
                "fraction",
                "higher",
            ),
            Metric(
                "expected_shortfall_95_normal",
                "Expected shortfall, 95 %, normal",
                "1 day, mean below the 5 % quantile of a normal distribution, population deviation",
                "fraction",
                "higher",
            ),
            Metric(
                "expected_shortfall_95_modified",
                "Expected shortfall, 95 %, modified",
                "1 day, Edgeworth (Boudt, Peterson and Croux 2008), population moments, never above the modified value at risk",
                "fraction",
                "higher",
            ),
            Metric("omega_ratio", "Omega ratio", f"{_DAILY}, gains over losses, threshold 0", "number", "higher"),
            Metric(
                "treynor_ratio",
                "Treynor ratio",
                f"mean of {_DAILY} times 252, over beta, risk-free rate 0",
                "number",
                "higher",
            ),
            Metric("tail_ratio", "Tail ratio", f"{_DAILY}, 95 % quantile over the size of 5 %", "number", "higher"),
            Metric("pain_index", "Pain index", "mean size of daily drawdowns", "fraction", "lower"),
            Metric("sample_skewness", "Skewness, sample", f"{_DAILY}, adjusted Fisher-Pearson (G1)", "number", None),
            Metric("sample_excess_kurtosis", "Excess kurtosis, sample", f"{_DAILY}, adjusted (G2)", "number", None),
            Metric("winning_days", "Winning days", "fraction of days with a return above 0", "fraction", "higher"),
            Metric(
                "winning_months",
                "Winning months",
                "fraction of calendar months with a return above 0, partial ones included",
                "fraction",
                "higher",
            ),
            Metric("expectancy", "Expectancy", "mean net return of closed round trips", "fraction", "higher"),
            Metric(
                "average_worst_excursion",
                "Average adverse excursion",
                "mean over closed round trips of the worst return on the entry price (MAE)",
                "fraction",
                "higher",
            ),
            Metric(
                "average_best_excursion",
                "Average favourable excursion",
                "mean over closed round trips of the best return on the entry price (MFE)",
                "fraction",
                "higher",
            ),
        )
    }
)
