"""The one place where a number, a date or a size becomes text, so that a figure reads the same on every page.

Every function takes what a template may hold, including None, NaN and infinities, and answers a dash when there is
nothing to show. Ratios come in as fractions; the minus is U+2212, which is as wide as a digit in the figures we print.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import SupportsFloat

MISSING = "\u2013"
MINUS = "\u2212"
_SPACE = "\u00a0"  # keeps a number and its unit on one line
_SYMBOLS = {"USD": "$", "GBP": "£", "EUR": "€"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PERIODS = {"days": "day", "weeks": "week", "months": "month", "years": "year"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEPS = ((_MINUTE, 1, "second"), (_HOUR, _MINUTE, "minute"), (_DAY, _HOUR, "hour"), (30 * _DAY, _DAY, "day"))
_JUST_NOW = 10  # seconds
_ONE_DIGIT = 9.95  # below it one decimal still says something
_KILO = 1000
_SIZES = ("kB", "MB", "GB")
_LISTED = 6


def number(value: object) -> float | None:
    """The finite float behind a value; None for everything that is not a number, True and False included."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | SupportsFloat):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def num(value: object, decimals: int = 2) -> str:
    """1234.5 -> "1,234.50"."""
    found = number(value)
    return MISSING if found is None else _fixed(found, decimals)


def count(value: object) -> str:
    """8741 -> "8,741"."""
    return num(value, 0)


def signed(value: object, decimals: int = 2) -> str:
    """A number that always shows its sign, except when it rounds to nought: 0.5 -> "+0.50"."""
    found = number(value)
    return MISSING if found is None else _with_plus(_fixed(found, decimals))


def pct(value: object, decimals: int = 1) -> str:
    """A fraction as per cent: 0.123 -> "12.3%"."""
    found = number(value)
    return MISSING if found is None else f"{_fixed(found * 100, decimals)}%"


def signed_pct(value: object, decimals: int = 1) -> str:
    """A fraction as per cent with its sign: 0.123 -> "+12.3%"."""
    found = number(value)
    return MISSING if found is None else f"{_with_plus(_fixed(found * 100, decimals))}%"


def pp(value: object, decimals: int = 1) -> str:
    """The difference of two fractions in percentage points: -0.006 -> "-0.6 pp"."""
    found = number(value)
    return MISSING if found is None else f"{_with_plus(_fixed(found * 100, decimals))}{_SPACE}pp"


def bps(value: object, decimals: int = 0) -> str:
    """Basis points that are already basis points: 66 -> "66 bps"; 2.5 keeps its half."""
    found = number(value)
    if found is None:
        return MISSING
    return f"{_fixed(found, decimals) if decimals else _plain(found)}{_SPACE}bps"


def money(value: object, currency: str = "USD", decimals: int = 0) -> str:
    """An amount: 1234567 with "USD" -> "$1,234,567"; a currency without a sign of its own goes in front: "SEK 12"."""
    found = number(value)
    if found is None:
        return MISSING
    text = _fixed(abs(found), decimals)
    sign = MINUS if found < 0 and any(digit in "123456789" for digit in text) else ""
    mark = _SYMBOLS.get(currency)
    return f"{sign}{mark}{text}" if mark else f"{sign}{currency}{_SPACE}{text}"


def day(value: object) -> str:
    """A date, a datetime or an ISO date as "31 Oct 2025"."""
    found = _as_date(value)
    return MISSING if found is None else f"{found.day} {_MONTHS[found.month - 1]} {found.year}"


def month(value: object) -> str:
    """A date as "Oct 2025"."""
    found = _as_date(value)
    return MISSING if found is None else f"{_MONTHS[found.month - 1]} {found.year}"


def moment(value: object, zone: tzinfo = UTC) -> str:
    """An aware datetime as "31 Oct 2025, 14:02 UTC"; a naive one has no place on a page and shows as missing."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return MISSING
    local = value.astimezone(zone)
    return f"{day(local)}, {local:%H:%M} {local.tzname() or 'UTC'}"


def ago(value: object, *, at: datetime) -> str:
    """How long before `at`: "just now", "3 minutes ago"; beyond 30 days, the date."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        return MISSING
    seconds = (at - value).total_seconds()
    if seconds < _JUST_NOW:
        return "just now"
    for limit, size, name in _STEPS:
        if seconds < limit:
            return f"{_counted(int(seconds // size), name)} ago"
    return day(value)


def duration(value: object) -> str:
    """Seconds or a timedelta: "0.4 s", "41 s", "1 min 20 s", "2 h 5 min"."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else number(value)
    if seconds is None or seconds < 0:
        return MISSING
    if seconds < _ONE_DIGIT:
        return f"{seconds:.1f}{_SPACE}s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}{_SPACE}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}{_SPACE}min {whole % _MINUTE}{_SPACE}s"
    return f"{whole // _HOUR}{_SPACE}h {whole % _HOUR // _MINUTE}{_SPACE}min"


def filesize(value: object) -> str:
    """Bytes in decimal units: 1_400_000 -> "1.4 MB"."""
    found = number(value)
    if found is None or found < 0:
        return MISSING
    if found < _KILO:
        return f"{found:.0f}{_SPACE}B"
    power = min(3, max(1, int(math.log10(found) // 3)))
    if round(found / _KILO**power) == _KILO and power < len(_SIZES):
        power += 1
    scaled = found / _KILO**power
    return (
        f"{scaled:.1f}{_SPACE}{_SIZES[power - 1]}"
        if scaled < _ONE_DIGIT
        else f"{scaled:,.0f}{_SPACE}{_SIZES[power - 1]}"
    )


def metric_value(value: object, unit: str = "number") -> str:
    """A measured figure by its unit: fraction, number, count or days."""
    if unit == "fraction":
        return pct(value)
    if unit == "count":
        return count(value)
    if unit == "days":
        found = number(value)
        return MISSING if found is None else _counted(found, "day")
    return num(value)


def metric_difference(value: object, unit: str = "number") -> str:
    """The difference of two figures of that unit, with its sign; fractions differ by percentage points."""
    if unit == "fraction":
        return pp(value)
    return signed(value, 0 if unit in ("count", "days") else 2)


def param_value(value: object, unit: str) -> str:
    """A parameter of a specification by its `Unit`. An empty list of symbols means every instrument."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return _listed(value)
    if isinstance(value, str):
        return _named(value, unit)
    return _measured(value, unit)


def tone(value: object) -> str:
    """The class that colours a signed value: "gain", "loss", or "" at nought and when missing."""
    found = number(value)
    if found is None or found == 0:
        return ""
    return "gain" if found > 0 else "loss"


def _measured(value: object, unit: str) -> str:
    found = number(value)
    if found is None:
        return MISSING
    if unit in _PERIODS:
        return _counted(found, _PERIODS[unit])
    if unit == "fraction":
        return f"{_plain(found * 100)}%"
    if unit == "bps":
        return bps(found)
    return _plain(found)


def _named(value: str, unit: str) -> str:
    if not value:
        return MISSING
    if unit == "date":
        return day(value)
    return value.replace("_", " ") if unit == "choice" else value


def _listed(values: Sequence[object]) -> str:
    if not values:
        return "All instruments"
    shown = ", ".join(str(value) for value in values[:_LISTED])
    return shown if len(values) <= _LISTED else f"{shown} and {len(values) - _LISTED} more"


def _counted(value: float, name: str) -> str:
    return f"{_plain(value)}{_SPACE}{name}{'' if value == 1 else 's'}"


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    if not text.startswith("-"):
        return text
    return text.replace("-", MINUS, 1) if any(digit in "123456789" for digit in text) else text[1:]


def _plain(value: float) -> str:
    """As many decimals as the value has, at most six: what somebody typed comes back as they typed it."""
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", MINUS, 1)


def _with_plus(text: str) -> str:
    if text.startswith(MINUS) or not any(digit in "123456789" for digit in text):
        return text
    return f"+{text}"


def _as_date(value: object) -> date | None:
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
