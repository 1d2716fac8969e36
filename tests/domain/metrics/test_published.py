"""Measures against figures that others published.

The figures are outputs that the R package PerformanceAnalytics prints for its examples (tests/testthat/_snaps/
all_snapshots.md of its repository; those with two digits are what its examples expect from the book). "Bacon" is the data
of Carl Bacon, "Practical Portfolio Performance Measurement and Attribution", 2nd edition 2008. Its months are our days: what
we annualise with 252 is compared with the factor taken out, in sight.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from apps.domain import metrics
from apps.domain.metrics import DAYS_PER_YEAR, _risk

# Bacon (2008): monthly returns of a portfolio and of its benchmark in percent, 24 months.
BACON = np.array([
    [0.3, 2.6, 1.1, -1.0, 1.5, 2.5, 1.6, 6.7, -1.4, 4.0, -0.5, 8.1, 4.0, -3.7, -6.1, 1.7, -4.9, -2.2, 7.0, 5.8, -6.5, 2.4, -0.5, -0.9],
    [0.2, 2.5, 1.8, -1.1, 1.4, 1.8, 1.4, 6.5, -1.5, 4.2, -0.6, 8.3, 3.9, -3.8, -6.2, 1.5, -4.8, 2.1, 6.0, 5.6, -6.7, 1.9, -0.3, 0.0],
]) / 100  # fmt: skip
MINIMUM = 0.005  # the minimum acceptable return a month of Bacon's examples


def managers():
    """Three columns of the package's data set: a hypothetical fund, the S&P 500 with dividends, three-month bills."""
    with Path(__file__).with_name("managers.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    return tuple(np.array([float(row[name]) for row in rows]) for name in ("HAM1", "SP500 TR", "US 3m TR"))


PORTFOLIO, BENCHMARK = BACON
FUND, INDEX, BILLS = managers()
YEAR = slice(0, 12)  # 1996


def curve(returns):
    """The curve without its start, over which the package takes its means; every series here opens with a gain."""
    assert returns[0] > 0
    return np.cumprod(1 + returns)


def in_percent(measure, returns):
    """Where the package expects returns in percent and its example gives fractions: drawdowns that hardly compound."""
    return measure(curve(returns / 100)) * 100


def per_year(returns):
    """Compound growth a year of monthly returns."""
    daily = metrics.annual_return(np.cumprod([1.0, *(1 + returns)]))
    return (1 + daily) ** (12 / DAYS_PER_YEAR) - 1


def a_month(annual):
    """What was annualised with the square root of 252, before it was."""
    return annual / np.sqrt(DAYS_PER_YEAR)


def downside_deviation(returns):
    return returns.mean() / a_month(metrics.sortino_ratio(returns))


def total(returns):
    return metrics.total_return(np.cumprod([1.0, *(1 + returns)]))


def jensen(returns, benchmark):
    """Alpha of compound annual returns, as the package has it."""
    return per_year(returns) - metrics.beta(returns, benchmark) * per_year(benchmark)


def treynor(returns, benchmark):
    """With a compound annual return, as the package has it."""
    return metrics.treynor_ratio(returns, benchmark) / (returns.mean() * DAYS_PER_YEAR) * per_year(returns)


def systematic_risk(returns, benchmark):
    return metrics.beta(returns, benchmark) * a_month(metrics.annual_volatility(benchmark)) * np.sqrt(12)


def capture(measure, returns, benchmark):
    """Of returns so small that compounding them adds nothing: the ratio of the sums, which the package gives."""
    return measure(returns * 1e-6, benchmark * 1e-6)


EXCESS, EXCESS_INDEX = FUND - BILLS, INDEX - BILLS
DEVIATION, DEVIATION_OF_INDEX = (a_month(metrics.annual_volatility(r)) for r in (FUND, INDEX))
TRACKING = a_month(metrics.tracking_error(FUND, INDEX)) * np.sqrt(12)

PUBLISHED = {
    # what the example is, with its function in the package: ours, published
    "Bacon, data: cumulative growth": (1 + total(PORTFOLIO), 1.218106),
    "Bacon, data: cumulative growth of the benchmark": (1 + total(BENCHMARK), 1.249887),
    "Bacon, SkewnessKurtosisRatio": (
        metrics.skewness(PORTFOLIO) / (metrics.excess_kurtosis(PORTFOLIO) + 3), -0.03394204
    ),
    "Bacon, kurtosis, moment": (metrics.excess_kurtosis(PORTFOLIO) + 3, 2.43),
    "Bacon, kurtosis, excess": (metrics.excess_kurtosis(PORTFOLIO), -0.57),
    "Bacon, kurtosis, sample excess": (metrics.sample_excess_kurtosis(PORTFOLIO), -0.41),
    "Bacon, skewness, sample": (metrics.sample_skewness(PORTFOLIO), -0.09),
    "Bacon, DownsideDeviation": (downside_deviation(PORTFOLIO - MINIMUM), 0.02553674),
    "Bacon, Kappa of order 2, which is Sortino": (a_month(metrics.sortino_ratio(PORTFOLIO - MINIMUM)), 0.1566371),
    "Bacon p. 95, BernardoLedoitRatio": (metrics.omega_ratio(PORTFOLIO), 1.779783),
    "Bacon, OmegaSharpeRatio": (metrics.omega_ratio(PORTFOLIO - MINIMUM) - 1, 0.2917933),
    "Bacon, UpsideFrequency": (metrics.winning_days(PORTFOLIO - MINIMUM), 0.5416667),
    "Bacon, pain index": (metrics.pain_index(curve(PORTFOLIO)), 0.04),
    "Bacon, PainIndex": (in_percent(metrics.pain_index, PORTFOLIO), 0.0390113),
    "Bacon, PainRatio": (per_year(PORTFOLIO) / in_percent(metrics.pain_index, PORTFOLIO), 2.657647),
    "Bacon, MartinRatio": (per_year(PORTFOLIO) / in_percent(metrics.ulcer_index, PORTFOLIO), 1.70772),
    "Bacon p. 75, SystematicRisk": (systematic_risk(PORTFOLIO, BENCHMARK), 0.132806),
    "Bacon, TreynorRatio, modified": (
        per_year(PORTFOLIO) / systematic_risk(PORTFOLIO, BENCHMARK), 0.7806747
    ),
    "Bacon, jensenAlpha": (jensen(PORTFOLIO, BENCHMARK), -0.01416944),
    "Bacon, FamaBeta": (
        metrics.annual_volatility(PORTFOLIO) / metrics.annual_volatility(BENCHMARK), 1.030395
    ),
    "1996, BernardoLedoitRatio": (metrics.omega_ratio(FUND[YEAR]), 4.598338),
    "1996, BernardoLedoitRatio of the index": (metrics.omega_ratio(INDEX[YEAR]), 4.340625),
    "1996, Kappa": (a_month(metrics.sortino_ratio(FUND[YEAR])), 1.492063),
    "1996, Kappa of the index": (a_month(metrics.sortino_ratio(INDEX[YEAR])), 1.274332),
    "1996, PainIndex": (metrics.pain_index(curve(FUND[YEAR])) * 100, 0.3714087),
    "1996, PainIndex of the index": (metrics.pain_index(curve(INDEX[YEAR])) * 100, 0.7336052),
    "1996, PainRatio": (per_year(FUND[YEAR]) / in_percent(metrics.pain_index, FUND[YEAR]), 36.7226),
    "1996, PainRatio of the index": (per_year(INDEX[YEAR]) / in_percent(metrics.pain_index, INDEX[YEAR]), 31.62377),
    "1996, MartinRatio": (per_year(FUND[YEAR]) / in_percent(metrics.ulcer_index, FUND[YEAR]), 15.49888),
    "1996, MartinRatio of the index": (per_year(INDEX[YEAR]) / in_percent(metrics.ulcer_index, INDEX[YEAR]), 14.81878),
    "1996, jensenAlpha": (jensen(FUND[YEAR], INDEX[YEAR]), 0.08077871),
    "1996, UpsideFrequency": (metrics.winning_days(FUND[YEAR]), 0.75),
    "1996, UpsideFrequency of the index": (metrics.winning_days(INDEX[YEAR]), 0.8333333),
    "1996, SkewnessKurtosisRatio": (
        metrics.skewness(FUND[YEAR]) / (metrics.excess_kurtosis(FUND[YEAR]) + 3), -0.1364114
    ),
    "Return.cumulative": (total(FUND), 3.126671),
    "Return.cumulative of the index": (total(INDEX), 1.761619),
    "Return.annualized": (per_year(FUND), 0.1375),
    "Return.annualized of the index": (per_year(INDEX), 0.0967),
    "sd": (DEVIATION, 0.02562881),
    "SharpeRatio, risk-free rate 3.5 %": (a_month(metrics.sharpe_ratio(FUND - 0.035 / 12)), 0.3201889),
    "SharpeRatio over bills, deviation of the returns themselves": (EXCESS.mean() / DEVIATION, 0.308102),
    "SharpeRatio over bills, of the index, likewise": (EXCESS_INDEX.mean() / DEVIATION_OF_INDEX, 0.12558293),
    "SharpeRatio over bills, annual, not compounded": (EXCESS.mean() / DEVIATION * np.sqrt(12), 1.067297),
    "DownsideDeviation": (downside_deviation(FUND), 0.01454078),
    "DownsideDeviation, minimum 4 %": (downside_deviation(FUND - 0.04 / 12), 0.0157602),
    "SortinoRatio": (a_month(metrics.sortino_ratio(FUND)), 0.7649),
    "SortinoRatio of the index": (a_month(metrics.sortino_ratio(INDEX)), 0.3064),
    "Omega": (metrics.omega_ratio(FUND), 3.1907),
    "Omega of the index": (metrics.omega_ratio(INDEX), 1.6581),
    "skewness": (metrics.skewness(FUND), -0.6588),
    "skewness of the index": (metrics.skewness(INDEX), -0.5531),
    "kurtosis, excess": (metrics.excess_kurtosis(FUND), 2.3616),
    "kurtosis, excess, of the index": (metrics.excess_kurtosis(INDEX), 0.5598),
    "kurtosis, sample excess": (metrics.sample_excess_kurtosis(FUND), 2.5004),
    "kurtosis, sample excess, of the index": (metrics.sample_excess_kurtosis(INDEX), 0.6285),
    "maxDrawdown": (-metrics.max_drawdown(curve(FUND)), 0.1518),
    "maxDrawdown of the index": (-metrics.max_drawdown(curve(INDEX)), 0.4473),
    "table.Drawdowns of the index: length of the longest": (metrics.max_drawdown_days(curve(INDEX)), 74),
    "CalmarRatio": (per_year(FUND) / -metrics.max_drawdown(curve(FUND)), 0.9061697),
    "UlcerIndex": (in_percent(metrics.ulcer_index, FUND), 0.0362),
    "UlcerIndex of the index": (in_percent(metrics.ulcer_index, INDEX), 0.1893),
    "PainIndex": (in_percent(metrics.pain_index, FUND), 0.0157),
    "PainIndex of the index": (in_percent(metrics.pain_index, INDEX), 0.1226),
    "VaR, modified, in SharpeRatio over bills": (EXCESS.mean() / -metrics.value_at_risk_95_modified(FUND), 0.2306863),
    "VaR, modified, of the index": (EXCESS_INDEX.mean() / -metrics.value_at_risk_95_modified(INDEX), 0.0795746),
    "ES, modified, in SharpeRatio over bills": (EXCESS.mean() / -metrics.expected_shortfall_95_modified(FUND), 0.1295014),
    "ES, modified, of the index": (EXCESS_INDEX.mean() / -metrics.expected_shortfall_95_modified(INDEX), 0.05760917),
    "CAPM.beta": (metrics.beta(FUND, INDEX), 0.3906),
    "SFM.beta over bills": (metrics.beta(EXCESS, EXCESS_INDEX), 0.3900712),
    "SFM.alpha over bills": (metrics.alpha(EXCESS, EXCESS_INDEX) / DAYS_PER_YEAR, 0.005774729),
    "table.SFM: correlation over bills": (metrics.correlation(EXCESS, EXCESS_INDEX), 0.6587),
    "table.Correlation": (metrics.correlation(FUND, INDEX), 0.6600671),
    "TrackingError": (TRACKING, 0.1131667),
    "ActivePremium": (per_year(FUND) - per_year(INDEX), 0.04078668),
    "InformationRatio, of compound returns": ((per_year(FUND) - per_year(INDEX)) / TRACKING, 0.3604125),
    "Return.annualized, not compounded, of both": (
        metrics.information_ratio(FUND, INDEX) * a_month(metrics.tracking_error(FUND, INDEX)) * 12 / np.sqrt(DAYS_PER_YEAR),
        0.1335 - 0.1040,
    ),
    "TreynorRatio, risk-free rate 3.5 %": (treynor(FUND - 0.035 / 12, INDEX - 0.035 / 12), 0.2528),
    "TreynorRatio over bills": (treynor(EXCESS, EXCESS_INDEX), 0.2428),
    "UpDownRatios: up capture": (capture(metrics.up_capture, FUND, INDEX), 0.6346612),
    "UpDownRatios: down capture": (capture(metrics.down_capture, FUND, INDEX), 0.2076304),
}  # fmt: skip


def last_place(figure):
    """Half a unit of the last digit that is printed, or the whole of it: some are cut and not rounded."""
    digits = f"{figure:.10f}".rstrip("0").partition(".")[2]
    return 10.0 ** -len(digits)


@pytest.mark.parametrize("example", PUBLISHED)
def test_measure_of_published_data_is_the_published_figure(example):
    ours, published = PUBLISHED[example]

    assert ours == pytest.approx(published, abs=1.01 * last_place(published))


# Printed for 13 hedge fund indices of EDHEC, 293 months: mean (summary), standard deviation, skewness and excess kurtosis
# (table.Stats); VaR gaussian and modified, ES gaussian and modified, at 95 %.
EDHEC = {
    "Convertible Arbitrage": (0.005792, 0.01676221, -2.5970, 18.6011, -0.02173214, -0.02568389, -0.02872442, -0.08941788),
    "CTA Global": (0.004317, 0.02278814, 0.1628, -0.0076, -0.03310173, -0.0320411, -0.04260771, -0.04038067),
    "Distressed Securities": (0.006825, 0.01814467, -1.7283, 7.7946, -0.02296944, -0.02800272, -0.0305384, -0.06732969),
    "Emerging Markets": (0.00673, 0.03270967, -1.2205, 6.0126, -0.04698035, -0.05343318, -0.06062504, -0.1157089),
    "Equity Market Neutral": (0.004335, 0.008208647, -1.9173, 12.4266, -0.009143467, -0.0109887, -0.01256767, -0.03670501),
    "Event Driven": (0.006674, 0.01907188, -1.8806, 10.2736, -0.02464282, -0.02960873, -0.03259857, -0.08113553),
    "Fixed Income Arbitrage": (0.00443, 0.01145756, -3.7918, 25.4966, -0.01438379, -0.01773794, -0.01916326, -0.05308245),
    "Global Macro": (0.005598, 0.01462496, 0.8826, 2.4863, -0.01841688, -0.01380785, -0.02451761, -0.01696439),
    "Long/Short Equity": (0.006717, 0.02090324, -0.4702, 1.9028, -0.02760698, -0.02950798, -0.03632667, -0.04857352),
    "Merger Arbitrage": (0.005582, 0.01147821, -1.6216, 12.7706, -0.01326581, -0.01502873, -0.01805389, -0.05130164),
    "Relative Value": (0.005728, 0.01186841, -2.0781, 10.1597, -0.01376013, -0.01736871, -0.01871098, -0.04751282),
    "Short Selling": (-0.00126, 0.04550226, 0.7737, 3.6282, -0.07597714, -0.06215004, -0.09495821, -0.06754083),
    "Funds of Funds": (0.004512, 0.01608486, -0.5969, 4.3957, -0.02190044, -0.02309324, -0.02861017, -0.04590385),
}  # fmt: skip


@pytest.mark.parametrize("index", EDHEC)
def test_value_at_risk_and_expected_shortfall_from_published_moments_are_the_published_ones(index):
    mean, deviation, third, fourth, normal, modified, normal_tail, modified_tail = EDHEC[index]
    population = deviation * np.sqrt(292 / 293)
    two_days = np.array([mean - population, mean + population])  # a normal figure asks for no more of them
    quantile = _risk._cornish_fisher(third, fourth)
    tail = min(_risk._edgeworth_tail(quantile, third, fourth), quantile)

    assert metrics.value_at_risk_95_normal(two_days) == pytest.approx(normal, abs=1e-6)
    assert metrics.expected_shortfall_95_normal(two_days) == pytest.approx(normal_tail, abs=1e-6)
    assert mean + population * quantile == pytest.approx(modified, abs=1e-6)
    assert mean + population * tail == pytest.approx(modified_tail, abs=1.5e-6)


def test_sample_skewness_of_the_package_is_another():
    """It divides by the population deviation: n² / ((n - 1) (n - 2)) times skewness, larger than G1 in size."""
    n = len(FUND)

    assert metrics.skewness(FUND) * n**2 / ((n - 1) * (n - 2)) == pytest.approx(-0.6741, abs=1e-4)
    assert metrics.sample_skewness(FUND) == pytest.approx(-0.6741 * ((n - 1) / n) ** 1.5, abs=1e-4)
