"""What the functions of formulas compute: series in, series out. Kernels compile at first use, never at import."""

from collections.abc import Mapping
from types import MappingProxyType

from apps.domain.indicators._indicators import (
    CROSSINGS,
    crosses_above,
    crosses_below,
    crosses_by_row,
    ema,
    lag,
    rsi,
    sma,
    trailing_return,
)
from apps.domain.indicators.cross_section import CROSS_SECTION_OPERATORS
from apps.domain.indicators.elementwise import ELEMENTWISE_OPERATORS, LOGIC_OPERATORS
from apps.domain.indicators.operators import Operator, SeriesShapeError, WindowError
from apps.domain.indicators.regression import REGRESSION_OPERATORS
from apps.domain.indicators.technical import TECHNICAL_OPERATORS
from apps.domain.indicators.trailing import TRAILING_OPERATORS

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        operator.name: operator
        for operator in (
            *ELEMENTWISE_OPERATORS,
            *TRAILING_OPERATORS,
            *TECHNICAL_OPERATORS,
            *REGRESSION_OPERATORS,
            *CROSS_SECTION_OPERATORS,
            *LOGIC_OPERATORS,
        )
    }
)
"""Every function of formulas but those of the calendar and of events, which the engine answers."""

__all__ = [
    "CROSSINGS",
    "OPERATORS",
    "Operator",
    "SeriesShapeError",
    "WindowError",
    "crosses_above",
    "crosses_below",
    "crosses_by_row",
    "ema",
    "lag",
    "rsi",
    "sma",
    "trailing_return",
]
