"""Reading the parameters of a specification for a run: numbers, durations in bars, choices, dates, symbols."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from apps.domain.errors import DomainError
from apps.domain.language import RunnableParameter, RunnableSpecification, Unit, trading_days
from apps.domain.language.parameters import DURATIONS

BPS = 1e-4


class MissingParameterError(DomainError):
    """A section names a parameter that the table does not hold."""

    code = "missing_parameter"


class ParameterValueError(DomainError):
    """A parameter holds a value that the engine cannot use."""

    code = "parameter_value"


@dataclass(frozen=True, slots=True)
class Values:
    """The parameter table, read by name. `bars_per_day` turns trading days into bars of intraday data."""

    spec: RunnableSpecification
    bars_per_day: int = 1

    def parameter(self, name: str) -> RunnableParameter:
        """One row of the table; raises MissingParameterError."""
        parameter = self.spec.parameters.get(name)
        if parameter is None:
            raise MissingParameterError(
                f"The strategy uses “{name}”, but its parameters do not hold it. Add it.", parameter=name
            )
        return parameter

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number from `low` to `high`; durations in bars, basis points as they stand."""
        parameter = self.parameter(name)
        value = parameter.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ParameterValueError(f"The parameter “{name}” must be a number, not “{value}”.", parameter=name)
        if not low <= value <= high:
            bounds = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
            raise ParameterValueError(f"The parameter “{name}” must be {bounds}, not {value:g}.", parameter=name)
        if parameter.unit in DURATIONS:
            return float(trading_days(value, parameter.unit) * self.bars_per_day)
        return float(value)

    def optional(self, name: str | None, low: float = -math.inf, high: float = math.inf) -> float | None:
        """A number that may be left out."""
        return None if name is None else self.number(name, low, high)

    def count(self, name: str, low: int = 1) -> int:
        """A whole number."""
        value = self.number(name, low)
        if value != math.floor(value):
            raise ParameterValueError(
                f"The parameter “{name}” must be a whole number from {low}, not {value:g}.", parameter=name
            )
        return int(value)

    def rate(self, name: str | None) -> float:
        """Basis points as a fraction; nothing when left out."""
        return 0.0 if name is None else self.number(name, 0.0, 9_999.0) * BPS

    def is_fraction(self, name: str) -> bool:
        """Whether a size is a share of the instruments rather than a number of them."""
        return self.parameter(name).unit is Unit.FRACTION

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of a closed list."""
        value = self.parameter(name).value
        if value not in choices:
            raise ParameterValueError(
                f"The parameter “{name}” is “{value}”; the engine knows {', '.join(choices)}.", parameter=name
            )
        return str(value)

    def text(self, name: str) -> str:
        """A symbol, a data set or the name of a source."""
        value = self.parameter(name).value
        if not isinstance(value, str) or not value:
            raise ParameterValueError(f"The parameter “{name}” must name one thing, not “{value}”.", parameter=name)
        return value

    def symbols(self, name: str | None) -> list[str]:
        """A list of symbols; one symbol is a list of one."""
        value = self.parameter(name).value if name else []
        if isinstance(value, bool | int | float):
            raise ParameterValueError(f"The parameter “{name}” must be a list of symbols.", parameter=name)
        return [symbol for symbol in ([value] if isinstance(value, str) else value) if symbol]

    def day(self, name: str | None) -> np.datetime64 | None:
        """A date; None when it is left out."""
        if name is None:
            return None
        value = self.parameter(name).value
        try:
            return np.datetime64(date.fromisoformat(str(value)), "D")
        except ValueError:
            raise ParameterValueError(
                f"The parameter “{name}” must be a date such as 2004-12-31, not “{value}”.", parameter=name
            ) from None

    def numbers(self) -> dict[str, float]:
        """Every parameter that a formula may name: durations in bars, the rest as they stand."""
        return {
            name: float(trading_days(parameter.value, parameter.unit) * self.bars_per_day)
            if parameter.unit in DURATIONS
            else float(parameter.value)
            for name, parameter in self.spec.parameters.items()
            if isinstance(parameter.value, int | float) and not isinstance(parameter.value, bool)
        }
