"""The closed list of functions of the formula grammar, by family. A test holds it to the interpreter, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from apps.domain.language.kinds import MOST_SEVERAL, Kind, Signature

__all__ = ["CALENDAR_NAMES", "FUNCTIONS", "LEAST_WINDOW", "MOST_SEVERAL", "Kind", "Signature"]


def _none(_: Sequence[int]) -> int:
    return 0


def _one(_: Sequence[int]) -> int:
    return 1


def _window(durations: Sequence[int]) -> int:
    return durations[0] - 1


def _span(durations: Sequence[int]) -> int:
    return durations[0]


def _longest(durations: Sequence[int]) -> int:
    return max(durations) - 1


def _macd_signal(durations: Sequence[int]) -> int:
    return max(durations[0], durations[1]) + durations[2] - 2


def _double(durations: Sequence[int]) -> int:
    return 2 * durations[0] - 1


def _chained(durations: Sequence[int]) -> int:
    return sum(durations) - len(durations)


_S, _X, _M, _C = Kind.SERIES, Kind.CROSS_SECTION, Kind.MARKET, Kind.CALENDAR
_B, _G, _E, _N, _D = Kind.BOOLEAN, Kind.GROUP, Kind.EVENT, Kind.NUMBER, Kind.DURATION
_T = Kind.BARS


def _family(
    family: str, *rows: tuple[str, tuple[Kind, ...], Kind, Callable[[Sequence[int]], int], str, str, str]
) -> list[Signature]:
    return [
        Signature(name, arguments, result, words, warm_up, family, meaning, example)
        for name, arguments, result, warm_up, words, meaning, example in rows
    ]


_ELEMENTWISE = _family(
    "Arithmetic",
    ("abs", (_S,), _S, _none, "the absolute value of {0}", "The size of x.", "abs(close - open)"),
    ("sign", (_S,), _S, _none, "the sign of {0}", "1, 0 or -1.", "sign(close - open)"),
    ("log", (_S,), _S, _none, "the natural logarithm of {0}", "Undefined at zero and below.", "log(volume)"),
    ("exp", (_S,), _S, _none, "e to the power of {0}", "The exponential of x.", "exp(log(close))"),
    ("sqrt", (_S,), _S, _none, "the square root of {0}", "Undefined below zero.", "sqrt(high * low)"),
    ("power", (_S, _S), _S, _none, "{0} to the power of {1}", "x to the power of y.", "power(close / open, 2)"),
    (
        "signed_power", (_S, _S), _S, _none, "{0} to the power of {1}, with its sign kept",
        "sign(x) times |x| to the power of y.", "signed_power(close - open, 2)",
    ),
    ("min", (_S, _S), _S, _none, "the lower of {0} and {1}", "Undefined where either is.", "min(open, close)"),
    ("max", (_S, _S), _S, _none, "the higher of {0} and {1}", "Undefined where either is.", "max(open, close)"),
    (
        "clip", (_S, _N, _N), _S, _none, "{0} held between {1} and {2}",
        "x, but never below the first number nor above the second.", "clip(close / open - 1, -0.1, 0.1)",
    ),
    (
        "if_else", (_B, _S, _S), _S, _none, "{1} where {0}, else {2}",
        "The first value where the condition is true, the second where it is false, undefined where it is.",
        "if_else(close > open, volume, 0)",
    ),
    (
        "coalesce", (_S, _S), _S, _none, "{0}, or {1} where that is undefined",
        "x where it is defined, else y.", "coalesce(lag(close, 5), close)",
    ),
)  # fmt: skip
_TRAILING = _family(
    "Trailing windows",
    ("lag", (_S, _D), _S, _span, "{0} as it was {1} before", "The value n bars earlier.", "lag(close, 21)"),
    ("delta", (_S, _D), _S, _span, "the change of {0} over {1}", "x minus its value n bars earlier.", "delta(close, 5)"),
    (
        "pct_change", (_S, _D), _S, _span, "the relative change of {0} over {1}",
        "x over its value n bars earlier, minus 1; undefined where that is not above zero.", "pct_change(close, 1)",
    ),
    (
        "trailing_return", (_S, _D, _D), _S, _span, "the return of {0} over the last {1}, skipping the most recent {2}",
        "x[t - skip] / x[t - lookback] - 1: the skip is part of the lookback.", "trailing_return(close, 252, 21)",
    ),
    ("sum", (_S, _D), _S, _window, "the sum of {0} over {1}", "The sum of the last n values.", "sum(volume, 20)"),
    ("product", (_S, _D), _S, _window, "the product of {0} over {1}", "The product of the last n values.", "product(close / open, 5)"),
    ("sma", (_S, _D), _S, _window, "the {1} simple moving average of {0}", "The mean of the last n values.", "sma(close, 50)"),
    (
        "ema", (_S, _D), _S, _window, "the {1} exponential moving average of {0}",
        "Weight 2 / (n + 1) on the latest value, started at the mean of the first n.", "ema(close, 20)",
    ),
    (
        "wma", (_S, _D), _S, _window, "the {1} linearly weighted moving average of {0}",
        "Weights n, n - 1, … 1 from the latest value backwards, summing to 1.", "wma(close, 10)",
    ),
    (
        "wilder", (_S, _D), _S, _window, "the {1} Wilder average of {0}",
        "Weight 1 / n on the latest value, started at the mean of the first n.", "wilder(high - low, 14)",
    ),
    (
        "kama", (_S, _D), _S, _span, "the {1} adaptive moving average of {0}",
        "Kaufman's adaptive average (1995), smoothing constants of 2 and 30 bars.", "kama(close, 10)",
    ),
    ("std", (_S, _D), _S, _window, "the {1} standard deviation of {0}", "Sample standard deviation (n - 1) of the last n values.", "std(pct_change(close, 1), 21)"),
    ("variance", (_S, _D), _S, _window, "the {1} variance of {0}", "Sample variance (n - 1) of the last n values.", "variance(pct_change(close, 1), 21)"),
    ("skew", (_S, _D), _S, _window, "the {1} skewness of {0}", "Adjusted Fisher-Pearson skewness of the last n values.", "skew(pct_change(close, 1), 252)"),
    ("kurtosis", (_S, _D), _S, _window, "the {1} excess kurtosis of {0}", "Sample excess kurtosis (unbiased under normality) of the last n values.", "kurtosis(pct_change(close, 1), 252)"),
    ("highest", (_S, _D), _S, _window, "the {1} high of {0}", "The highest of the last n values.", "highest(high, 55)"),
    ("lowest", (_S, _D), _S, _window, "the {1} low of {0}", "The lowest of the last n values.", "lowest(low, 55)"),
    ("median", (_S, _D), _S, _window, "the {1} median of {0}", "The median of the last n values.", "median(volume, 20)"),
    (
        "quantile", (_S, _D, _N), _S, _window, "the {2} quantile of {0} over {1}",
        "The quantile q of the last n values, linear between them.", "quantile(close, 60, 0.25)",
    ),
    (
        "argmax", (_S, _D), _S, _window, "the place of the {1} high of {0}",
        "Where the highest of the last n values stands: 1 is the oldest, n the latest; the oldest of equals.", "argmax(close, 20)",
    ),
    (
        "argmin", (_S, _D), _S, _window, "the place of the {1} low of {0}",
        "Where the lowest of the last n values stands: 1 is the oldest, n the latest; the oldest of equals.", "argmin(close, 20)",
    ),
    (
        "ts_rank", (_S, _D), _S, _window, "the rank of {0} among its own values of {1}",
        "The rank of the latest value among the last n, as a fraction of n; equals share their mean rank.", "ts_rank(volume, 20)",
    ),
    (
        "zscore", (_S, _D), _S, _window, "the {1} z-score of {0}",
        "x minus its mean over n, over its sample standard deviation; undefined where that is zero.", "zscore(close, 60)",
    ),
    ("correlation", (_S, _S, _D), _S, _window, "the {2} correlation of {0} and {1}", "Pearson's to twelve decimals, over the last n bars on which both are defined; undefined where either does not vary.", "correlation(close, volume, 20)"),
    ("covariance", (_S, _S, _D), _S, _window, "the {2} covariance of {0} and {1}", "Sample covariance (n - 1) over the last n bars on which both are defined.", "covariance(close, volume, 20)"),
    (
        "volatility", (_S, _D), _S, _span, "the {1} annualised volatility of {0}",
        "Sample standard deviation of the last n simple returns of x, times the square root of 252.", "volatility(close, 60)",
    ),
    (
        "downside_deviation", (_S, _D), _S, _span, "the {1} annualised downside deviation of {0}",
        "Root of the mean square of the negative simple returns of x over n (the others count as zero), times the square root of 252.", "downside_deviation(close, 60)",
    ),
    (
        "drawdown", (_S, _D), _S, _window, "the drawdown of {0} from its {1} high",
        "x over the highest of its last n values, minus 1.", "drawdown(close, 252)",
    ),
    (
        "max_drawdown", (_S, _D), _S, _window, "the worst drawdown of {0} within {1}",
        "The deepest fall from a running high within the last n values, as a negative fraction.", "max_drawdown(close, 252)",
    ),
    ("slope", (_S, _D), _S, _window, "the {1} trend of {0} per bar", "Slope of the least-squares line through the last n values.", "slope(log(close), 90)"),
    ("trend_r2", (_S, _D), _S, _window, "how well a {1} line fits {0}", "R squared of the least-squares line through the last n values.", "trend_r2(log(close), 90)"),
    (
        "efficiency_ratio", (_S, _D), _S, _span, "the {1} efficiency ratio of {0}",
        "Kaufman's: the size of the change over n, over the sum of the sizes of its daily changes.", "efficiency_ratio(close, 10)",
    ),
    (
        "periodic_mean", (_S, _D, _D), _S, lambda d: d[1], "the mean of {0} at every {1} of the last {2}",
        "The mean of the values n, 2n, 3n … bars earlier, no further back than the second duration.",
        "periodic_mean(trailing_return(close, 21, 0), 252, 504)",
    ),
)  # fmt: skip
_INDICATORS = _family(
    "Indicators",
    ("rsi", (_S, _D), _S, _span, "the {1} relative strength index of {0}", "Wilder's (1978), 0 to 100; 50 when nothing moved.", "rsi(close, 14)"),
    ("macd", (_S, _D, _D), _S, _longest, "the {1} to {2} MACD of {0}", "ema(x, fast) minus ema(x, slow).", "macd(close, 12, 26)"),
    (
        "macd_signal", (_S, _D, _D, _D), _S, _macd_signal, "the {3} signal line of the {1} to {2} MACD of {0}",
        "The exponential average of the MACD.", "macd_signal(close, 12, 26, 9)",
    ),
    ("bollinger_upper", (_S, _D, _N), _S, _window, "the upper {1} Bollinger band of {0} at {2} deviations", "sma plus k population standard deviations.", "bollinger_upper(close, 20, 2)"),
    ("bollinger_lower", (_S, _D, _N), _S, _window, "the lower {1} Bollinger band of {0} at {2} deviations", "sma minus k population standard deviations.", "bollinger_lower(close, 20, 2)"),
    ("percent_b", (_S, _D, _N), _S, _window, "where {0} stands between its {1} Bollinger bands at {2} deviations", "0 at the lower band, 1 at the upper one.", "percent_b(close, 20, 2)"),
    ("true_range", (_S, _S, _S), _S, _one, "the true range of {0}, {1} and {2}", "The greatest of high - low, |high - last close| and |low - last close|.", "true_range(high, low, close)"),
    ("atr", (_S, _S, _S, _D), _S, _span, "the {3} average true range", "Wilder's average of the true range.", "atr(high, low, close, 14)"),
    ("adx", (_S, _S, _S, _D), _S, _double, "the {3} average directional index", "Wilder's (1978), 0 to 100.", "adx(high, low, close, 14)"),
    ("plus_di", (_S, _S, _S, _D), _S, _span, "the {3} positive directional index", "Wilder's (1978), 0 to 100.", "plus_di(high, low, close, 14)"),
    ("minus_di", (_S, _S, _S, _D), _S, _span, "the {3} negative directional index", "Wilder's (1978), 0 to 100.", "minus_di(high, low, close, 14)"),
    ("cci", (_S, _S, _S, _D), _S, _window, "the {3} commodity channel index", "Lambert's (1980), constant 0.015, mean absolute deviation.", "cci(high, low, close, 20)"),
    ("mfi", (_S, _S, _S, _S, _D), _S, _span, "the {4} money flow index", "Money flow of up bars over all money flow, 0 to 100; 50 when nothing moved.", "mfi(high, low, close, volume, 14)"),
    ("stochastic_k", (_S, _S, _S, _D), _S, _window, "the {3} stochastic %K", "Where the close stands between the n-bar low (0) and high (100); 50 when they are equal.", "stochastic_k(high, low, close, 14)"),
    ("stochastic_d", (_S, _S, _S, _D, _D), _S, _chained, "the {3} stochastic %D over {4}", "The moving average of %K.", "stochastic_d(high, low, close, 14, 3)"),
    ("williams_r", (_S, _S, _S, _D), _S, _window, "the {3} Williams %R", "-100 at the n-bar low, 0 at the high; -50 when they are equal.", "williams_r(high, low, close, 14)"),
    ("donchian_upper", (_S, _D), _S, _span, "the {1} Donchian high of {0}", "The highest of the n bars before this one.", "donchian_upper(high, 20)"),
    ("donchian_lower", (_S, _D), _S, _span, "the {1} Donchian low of {0}", "The lowest of the n bars before this one.", "donchian_lower(low, 20)"),
    ("n_day_high_ratio", (_S, _D), _S, _window, "{0} over its {1} high", "x over the highest of its last n values (George and Hwang 2004).", "n_day_high_ratio(close, 252)"),
    ("aroon_up", (_S, _D), _S, _span, "the {1} Aroon up of {0}", "100 times the place of the high among the last n + 1 bars, 0 the oldest; the latest of equals.", "aroon_up(high, 25)"),
    ("aroon_down", (_S, _D), _S, _span, "the {1} Aroon down of {0}", "100 times the place of the low among the last n + 1 bars, 0 the oldest; the latest of equals.", "aroon_down(low, 25)"),
    ("obv", (_S, _S), _S, _none, "the on-balance volume", "Running sum of volume signed by the change of the close, from zero at the first bar.", "obv(close, volume)"),
    ("parabolic_sar", (_S, _S, _N, _N), _S, _one, "the parabolic stop and reverse", "Wilder's (1978): acceleration step and limit.", "parabolic_sar(high, low, 0.02, 0.2)"),
)  # fmt: skip
_REGRESSION = [
    Signature(name, (_S, _S, _D, *extra), _S, words, _window, "Rolling regression", meaning, example, several=1)
    for name, extra, words, meaning, example in (
        ("beta", (), "the {n} beta of {0} to {rest}", "Slope on the first explaining series, least squares with an intercept over the last n bars on which all are defined.", "beta(pct_change(close, 1), cross_mean(pct_change(close, 1)), 252)"),
        ("alpha", (), "the {n} alpha of {0} against {rest}", "The intercept per bar of the same regression.", "alpha(pct_change(close, 1), cross_mean(pct_change(close, 1)), 252)"),
        ("residual", (), "the latest {n} residual of {0} on {rest}", "The latest value minus what the same regression fits.", "residual(pct_change(close, 1), cross_mean(pct_change(close, 1)), 252)"),
        ("r_squared", (), "the {n} R squared of {0} on {rest}", "R squared of the same regression.", "r_squared(pct_change(close, 1), cross_mean(pct_change(close, 1)), 252)"),
        ("idiosyncratic_volatility", (), "the {n} idiosyncratic volatility of {0} against {rest}", "Standard deviation (n - k - 1) of the residuals of the same regression, times the square root of 252.", "idiosyncratic_volatility(pct_change(close, 1), cross_mean(pct_change(close, 1)), 252)"),
        ("idiosyncratic_skewness", (), "the {n} skewness of the residuals of {0} on {rest}", "Adjusted skewness of the residuals of the same regression.", "idiosyncratic_skewness(pct_change(close, 1), cross_mean(pct_change(close, 1)), 252)"),
    )
] + [
    Signature(
        "residual_momentum", (_S, _S, _D, _D, _D), _S, "the residual momentum of {0} on {rest}", _window, "Rolling regression",
        "Mean over standard deviation of the residuals of a regression over n bars, from the lookback to the skip before now "
        "(Blitz, Huij and Martens 2011). Durations: n, lookback, skip.",
        "residual_momentum(pct_change(close, 1), cross_mean(pct_change(close, 1)), 252, 126, 21)", several=1,
    ),
]  # fmt: skip
_CROSS_SECTION = _family(
    "Cross-section",
    ("rank", (_S,), _X, _none, "the rank of {0}", "1 for the lowest among the members of the universe on that day; equals share their mean rank.", "rank(pct_change(close, 21))"),
    ("percentile", (_S,), _X, _none, "the percentile of {0}", "The rank over the number of ranked members: above 0, up to 1.", "percentile(volume)"),
    ("standardise", (_S,), _X, _none, "the cross-sectional z-score of {0}", "x minus the mean of the members, over their sample standard deviation.", "standardise(volatility(close, 60))"),
    ("demean", (_S,), _X, _none, "{0} less its cross-sectional mean", "x minus the mean of the members.", "demean(pct_change(close, 5))"),
    ("scale", (_S,), _X, _none, "{0} scaled to a gross of one", "x over the sum of the sizes over the members.", "scale(demean(pct_change(close, 5)))"),
    ("winsorise", (_S, _N), _X, _none, "{0} winsorised at {1} on each side", "x held between the fraction q and 1 - q of the members, linear between them.", "winsorise(pct_change(close, 21), 0.05)"),
    ("regress_out", (_S, _S), _X, _none, "{0} with {1} regressed out", "The residual of the day's least-squares line of x on y over the members.", "regress_out(volatility(close, 60), log(volume))"),
    ("neutralise", (_S, _G), _X, _none, "{0} less the mean of its {1}", "x minus the mean of the members of the same group.", "neutralise(pct_change(close, 21), sector)"),
    ("group_rank", (_S, _G), _X, _none, "the rank of {0} within its {1}", "1 for the lowest of the group; equals share their mean rank.", "group_rank(volume, sector)"),
    ("group_percentile", (_S, _G), _X, _none, "the percentile of {0} within its {1}", "The group rank over the number ranked in the group.", "group_percentile(volume, sector)"),
    ("group_standardise", (_S, _G), _X, _none, "the z-score of {0} within its {1}", "x minus the mean of the group, over its sample standard deviation.", "group_standardise(volume, sector)"),
    ("group_mean", (_S, _G), _X, _none, "the mean of {0} within its {1}", "The mean over the members of the same group.", "group_mean(pct_change(close, 21), sector)"),
    ("cross_mean", (_S,), _M, _none, "the mean of {0} over the universe", "The mean over the members on that day.", "cross_mean(pct_change(close, 1))"),
    ("cross_median", (_S,), _M, _none, "the median of {0} over the universe", "The median over the members on that day.", "cross_median(pct_change(close, 21))"),
    ("cross_std", (_S,), _M, _none, "the dispersion of {0} over the universe", "The sample standard deviation over the members on that day.", "cross_std(pct_change(close, 21))"),
    ("cross_sum", (_S,), _M, _none, "the sum of {0} over the universe", "The sum over the members on that day.", "cross_sum(volume)"),
    ("share_of", (_B,), _M, _none, "the share of the universe in which {0}", "Members for which the condition is true, over those for which it is defined.", "share_of(close > sma(close, 200))"),
)  # fmt: skip
_LOGIC = _family(
    "Logic",
    ("crosses_above", (_S, _S), _B, _one, "{0} crosses above {1}", "True on the bar on which x is above y after a bar on which it was not.", "crosses_above(close, sma(close, 50))"),
    ("crosses_below", (_S, _S), _B, _one, "{0} crosses below {1}", "True on the bar on which x is below y after a bar on which it was not.", "crosses_below(close, sma(close, 50))"),
    ("rising", (_S, _D), _B, _span, "{0} has risen on each of the last {1}", "Each of the last n changes was above zero.", "rising(close, 3)"),
    ("falling", (_S, _D), _B, _span, "{0} has fallen on each of the last {1}", "Each of the last n changes was below zero.", "falling(close, 3)"),
    ("count_true", (_B, _D), _T, _window, "how often in {1} {0}", "Bars among the last n on which the condition was true.", "count_true(close > open, 20)"),
    ("all_true", (_B, _D), _B, _window, "on every one of the last {1} {0}", "True on each of the last n bars.", "all_true(close > sma(close, 50), 3)"),
    ("any_true", (_B, _D), _B, _window, "on any of the last {1} {0}", "True on at least one of the last n bars.", "any_true(close > donchian_upper(high, 20), 5)"),
    ("bars_since", (_B,), _T, _none, "the bars since {0}", "Bars since the condition was last true, 0 on that bar; undefined before.", "bars_since(crosses_above(close, sma(close, 50)))"),
    ("value_when", (_S, _B), _S, _none, "{0} when last {1}", "x on the latest bar on which the condition was true; undefined before.", "value_when(close, trading_day_of_month == 1)"),
    ("is_defined", (_S,), _B, _none, "{0} is known", "True where x is defined; never undefined itself on a bar.", "is_defined(lag(close, 252))"),
)  # fmt: skip
_CALENDAR = _family(
    "Calendar",
    ("in_months", (_N, _N), _B, _none, "the month is from {0} to {1}", "From the first month to the second, both included, over the turn of the year where the first is later.", "in_months(11, 4)"),
    ("before_holiday", (_N,), _B, _none, "the exchange is closed within {0} trading days from now, other than at a weekend", "True on the last n trading days before a weekday without trading.", "before_holiday(1)"),
    ("after_holiday", (_N,), _B, _none, "the exchange was closed within {0} trading days before, other than at a weekend", "True on the first n trading days after a weekday without trading.", "after_holiday(1)"),
)  # fmt: skip
_EVENTS = _family(
    "Events",
    ("days_since", (_E,), _T, _none, "the days since the last {0}", "Trading days since the latest event that was known, 0 on the day it became known; undefined before any.", "days_since(earnings) <= 5"),
    ("days_until", (_E,), _T, _none, "the days until the next {0}", "Trading days to the next event that had been announced by then; undefined when none was.", "days_until(earnings) <= 5"),
    ("event_value", (_E,), _S, _none, "the value of the last {0}", "The number that came with the latest known event.", "event_value(earnings) > 0"),
)  # fmt: skip
_LIST = (
    *_ELEMENTWISE, *_TRAILING, *_INDICATORS, *_REGRESSION, *_CROSS_SECTION, *_LOGIC, *_CALENDAR, *_EVENTS,
)  # fmt: skip
FUNCTIONS: Mapping[str, Signature] = MappingProxyType({signature.name: signature for signature in _LIST})

LEAST_WINDOW: Mapping[str, int] = MappingProxyType(
    {
        "lag": 0,
        "delta": 0,
        "pct_change": 0,
        **dict.fromkeys(("std", "variance", "correlation", "covariance", "zscore", "slope", "volatility"), 2),
        **dict.fromkeys(("skew", "beta", "alpha", "residual", "trend_r2"), 3),
        **dict.fromkeys(("kurtosis", "r_squared", "idiosyncratic_volatility"), 4),
        **dict.fromkeys(("idiosyncratic_skewness", "residual_momentum"), 5),
    }
)
"""The fewest bars that the first duration of a function may count; 1 where nothing is said."""

CALENDAR_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "year": "the year",
        "month": "the month",
        "day_of_month": "the day of the month",
        "weekday": "the weekday (1 is Monday)",
        "day_of_year": "the day of the year",
        "trading_day_of_month": "the trading day of the month",
        "trading_days_left_in_month": "the trading days left in the month",
        "trading_day_of_week": "the trading day of the week",
        "trading_days_left_in_week": "the trading days left in the week",
        "trading_day_of_year": "the trading day of the year",
        "option_expiry_week": "in the week of the monthly option expiry",
        "minute_of_day": "the minute of the day",
        "bar_of_day": "the bar of the day",
        "bars_left_in_day": "the bars left in the day",
    }
)
"""Names that the calendar alone decides. `option_expiry_week` is a condition, the others are numbers."""
