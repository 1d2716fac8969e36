"""What each function can give, over any data: once per function, as `apps.domain.indicators` computes it.

Rounding aside: an average of equal numbers may miss them in the last digits. What divides by a spread has no range, though
algebra would give it one: where hardly anything varies, rounding is all there is. A test runs every function on odd markets and
holds its values to these ranges.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from apps.domain.language import range_rules as rules
from apps.domain.language.intervals import (
    MAYBE,
    NEVER,
    WHOLE,
    Interval,
    between,
    higher,
    hull,
    lower,
    minus,
    monotone,
    plus,
    point,
    times,
)
from apps.domain.language.range_rules import Given


@dataclass(frozen=True, slots=True)
class FunctionRange:
    """`words` say the range as the page of the language shows it; `of` gives it for the arguments of a call."""

    words: str
    of: Callable[[Given], Interval]


def _fixed(words: str, low: float, high: float) -> FunctionRange:
    return FunctionRange(words, lambda _: Interval(low, high))


_ANY = _fixed("any number", -math.inf, math.inf)
_POSITIVE = _fixed("0 and above", 0.0, math.inf)
_RANK = _fixed("1 and above", 1.0, math.inf)
_HUNDRED = _fixed("0 to 100", 0.0, 100.0)
_UNIT = _fixed("0 to 1", 0.0, 1.0)
_CONDITION = FunctionRange("true or false", lambda _: MAYBE)
_WITHIN = FunctionRange("within x", lambda given: given[0])
_CHANGE = FunctionRange("within the width of x", lambda given: minus(given[0], given[0]))
_RETURN = FunctionRange("-1 and above, for x of 0 and above", lambda given: rules.relative_change(given[0]))
_MOVED = FunctionRange("true or false; false for an x that never changes", lambda given: NEVER if given[0].is_point else MAYBE)  # fmt: skip


def _band(side: float) -> FunctionRange:
    """The mean and so many population deviations, which come to half the width at most."""

    def of(given: Given) -> Interval:
        away = times(given[2], between(0.0, given[0].width / 2.0))
        return plus(given[0], times(point(side), away))

    return FunctionRange("within k half widths of x", of)


def _directional(part: int, whole: int) -> FunctionRange:
    """Part of the true range where the close lies within its bar."""
    return FunctionRange(
        "0 to 100", lambda given: Interval(0.0, 100.0 if given.is_ordered(part, whole) else math.inf)
    )  # fmt: skip


def _within_the_bar(low: float, high: float) -> FunctionRange:
    """A place between the highest high and the lowest low, of a close that lies within its bar."""

    def of(given: Given) -> Interval:
        return Interval(low, high) if given.is_ordered(1, 2) and given.is_ordered(2, 0) else WHOLE

    return FunctionRange(f"{low:g} to {high:g}", of)


_HOLIDAY = FunctionRange("true or false", lambda given: MAYBE if given[0].high >= 1.0 else NEVER)


FUNCTION_RANGES: Mapping[str, FunctionRange] = MappingProxyType(
    {
        "abs": FunctionRange("0 and above", lambda given: rules.size(given[0])),
        "sign": FunctionRange("-1 to 1", lambda given: monotone(rules.sign, given[0])),
        "log": FunctionRange("any number", rules.logarithm),
        "exp": FunctionRange("0 and above", lambda given: monotone(math.exp, given[0])),
        "sqrt": FunctionRange("0 and above", rules.root),
        "power": FunctionRange("0 and above, for x of 0 and above or an even y", rules.power),
        "signed_power": FunctionRange("the sign of x", rules.signed_power),
        "min": FunctionRange("no higher than either", lambda given: lower(*given.ranges)),
        "max": FunctionRange("no lower than either", lambda given: higher(*given.ranges)),
        "clip": FunctionRange("between the numbers", rules.clip),
        "if_else": FunctionRange("within x or y", rules.if_else),
        "coalesce": FunctionRange("within x or y", lambda given: hull(given.ranges)),
        **dict.fromkeys(
            (
                "lag", "sma", "ema", "wma", "wilder", "kama", "highest", "lowest", "median", "quantile", "periodic_mean",
                "donchian_upper", "donchian_lower", "winsorise", "group_mean", "cross_mean", "cross_median", "value_when",
            ),
            _WITHIN,
        ),
        **dict.fromkeys(("delta", "macd", "macd_signal", "demean", "neutralise"), _CHANGE),
        **dict.fromkeys(("pct_change", "trailing_return"), _RETURN),
        "sum": FunctionRange("n times x", rules.total),
        "product": FunctionRange("0 and above, for x of 0 and above", rules.product),
        **dict.fromkeys(
            ("std", "cross_std"),
            FunctionRange("0 to the width of x over √2", lambda given: rules.deviation(given[0])),
        ),
        "variance": FunctionRange("0 to half the squared width of x", rules.variance),
        **dict.fromkeys(
            (
                "skew", "kurtosis", "slope", "obv", "beta", "alpha", "residual", "idiosyncratic_skewness", "residual_momentum",
                "standardise", "regress_out", "group_standardise", "event_value", "zscore", "percent_b", "cci",
            ),
            _ANY,
        ),
        **dict.fromkeys(("argmax", "argmin"), FunctionRange("1 to n", rules.place)),
        "ts_rank": FunctionRange("1/n to 1", rules.own_rank),
        "correlation": _fixed("-1 to 1", -1.0, 1.0),
        "covariance": FunctionRange("half the product of the widths, either side of 0", rules.covariance),
        **dict.fromkeys(("volatility", "idiosyncratic_volatility", "days_since", "days_until", "bars_since"), _POSITIVE),
        "downside_deviation": FunctionRange("0 to √252, for x of 0 and above", rules.downside),
        **dict.fromkeys(("drawdown", "max_drawdown"), FunctionRange("-1 to 0, for x of 0 and above", rules.drawdown)),
        "n_day_high_ratio": FunctionRange("0 to 1, for x of 0 and above", rules.of_the_high),
        **dict.fromkeys(("trend_r2", "efficiency_ratio", "r_squared", "percentile", "group_percentile"), _UNIT),
        **dict.fromkeys(("rsi", "adx", "mfi", "aroon_up", "aroon_down"), _HUNDRED),
        "bollinger_upper": _band(1.0),
        "bollinger_lower": _band(-1.0),
        **dict.fromkeys(("true_range", "atr"), FunctionRange("0 and above", rules.true_range)),
        "plus_di": _directional(2, 0),
        "minus_di": _directional(1, 2),
        **dict.fromkeys(("stochastic_k", "stochastic_d"), _within_the_bar(0.0, 100.0)),
        "williams_r": _within_the_bar(-100.0, 0.0),
        "parabolic_sar": FunctionRange("within the lows and highs", rules.sar),
        **dict.fromkeys(("rank", "group_rank"), _RANK),
        "scale": FunctionRange("-1 to 1", rules.scale),
        "cross_sum": FunctionRange("the sign of x", rules.cross_sum),
        "share_of": FunctionRange("0 to 1", lambda given: given[0]),
        **dict.fromkeys(("rising", "falling"), _MOVED),
        "count_true": FunctionRange("0 to n", rules.total),
        **dict.fromkeys(("all_true", "any_true"), FunctionRange("true or false", lambda given: given[0])),
        **dict.fromkeys(("crosses_above", "crosses_below", "is_defined"), _CONDITION),
        "in_months": FunctionRange("true or false", rules.months),
        **dict.fromkeys(("before_holiday", "after_holiday"), _HOLIDAY),
    }
)  # fmt: skip
"""The range of every function. That of a crossing follows from the comparison of its sides (`ranges`)."""

CALENDAR_RANGES: Mapping[str, Interval] = MappingProxyType(
    {
        "year": Interval(1, 9999),
        "month": Interval(1, 12),
        "day_of_month": Interval(1, 31),
        "weekday": Interval(1, 7),
        "day_of_year": Interval(1, 366),
        "trading_day_of_month": Interval(1, 31),
        "trading_days_left_in_month": Interval(0, 30),
        "trading_day_of_week": Interval(1, 7),
        "trading_days_left_in_week": Interval(0, 6),
        "trading_day_of_year": Interval(1, 366),
        "option_expiry_week": MAYBE,
        "minute_of_day": Interval(0, 1439),
        "bar_of_day": Interval(1, 1440),
        "bars_left_in_day": Interval(0, 1439),
    }
)
"""What each name of the calendar can be; markets that trade at weekends included."""
