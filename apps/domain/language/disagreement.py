"""When two values of a parameter are the same, and what is said of a field that two readers read differently."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from apps.domain.language.parameters import DURATIONS, Unit
from apps.domain.language.quantities import trading_days

_DURATIONS = {unit.value for unit in DURATIONS}
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A field that two readers read differently. `parameter` is its name in the first draft, empty for structure.

    `first` and `second` are the values in words, empty where a reader gives none; `second_value` is what the second reads.
    """

    field: str
    label: str
    parameter: str
    first: str
    second: str
    second_value: Any = None
    second_unit: str = ""
    second_status: str = ""
    second_page: int | None = None
    second_quote: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def same_value(value: object, unit: str, other: object, other_unit: str) -> bool:
    """Whether two values say the same: lengths in trading days, numbers up to rounding, lists as sets."""
    return _plain(value, unit) == _plain(other, other_unit)


def _plain(value: object, unit: str) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        if unit in _DURATIONS:
            return ("days", trading_days(value, Unit(unit)))
        return round(float(value) / _TOLERANCE)
    return tuple(sorted(map(str, value))) if isinstance(value, list) else str(value)
