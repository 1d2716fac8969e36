"""Values of parameters: read what a person typed, say it back, count it in trading days."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from apps.domain.errors import DomainError
from apps.domain.language.parameters import DURATIONS, Unit, Value

TRADING_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 5, Unit.MONTHS: 21, Unit.YEARS: 252}
_ALL = "all instruments"
_LARGEST = 1e15
_NUMBER = re.compile(r"[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)")
_SUFFIXES: dict[Unit, tuple[str, ...]] = {
    Unit.DAYS: ("days", "day", "d"),
    Unit.WEEKS: ("weeks", "week", "w"),
    Unit.MONTHS: ("months", "month", "m"),
    Unit.YEARS: ("years", "year", "y"),
    Unit.BPS: ("basis points", "bps", "bp"),
}


class ValueRefused(DomainError):  # noqa: N818 -- an answer to the user
    """What was typed is not a value of the parameter's unit."""

    code = "value_refused"


def trading_days(value: float, unit: Unit) -> int:
    """A duration in whole trading days: a week is 5, a month 21, a year 252. What no data can hold is the largest value."""
    return round(max(-_LARGEST, min(value * TRADING_DAYS[unit], _LARGEST)))


def parse_value(text: str, unit: Unit, choices: Sequence[str] = ()) -> Value:
    """The value that a person typed for a parameter of `unit`. Raises ValueRefused with what would be understood."""
    text = text.strip()
    if not text:
        raise ValueRefused("Type a value.")
    if unit is Unit.DATE:
        return _date(text)
    if unit is Unit.SYMBOLS:
        return _symbols(text)
    if unit is Unit.SYMBOL:
        return text.upper()
    if unit in {Unit.DATASET, Unit.SOURCE}:
        return text
    if unit is Unit.CHOICE:
        chosen = "_".join(re.split(r"[\s_-]+", text.lower())).strip("_")
        if not chosen:
            raise ValueRefused("Type a value.")
        if choices and chosen not in choices:
            raise ValueRefused(
                f"Choose one of: {', '.join(c.replace('_', ' ') for c in choices)}.", choices=list(choices)
            )
        return chosen
    return _number(text, unit)


def format_value(value: Value | None, unit: Unit) -> str:
    """A value as people read it: "12 months", "10 bps", "5%", "all instruments"."""
    if value is None:
        return "not stated"
    if isinstance(value, list):
        return ", ".join(value) if value else _ALL
    if isinstance(value, str):
        return value.replace("_", " ") if unit is Unit.CHOICE else value
    if isinstance(value, bool) or not math.isfinite(value):
        return str(value).lower()
    if unit in DURATIONS:
        word = unit.value if value != 1 else unit.value[:-1]
        return f"{_plain(value)} {word}"
    if unit is Unit.FRACTION:
        return f"{_percent(value)}%"
    if unit is Unit.BPS:
        return f"{_plain(value)} bps"
    return f"{Decimal(_plain(value)):,f}" if unit is Unit.CURRENCY else _plain(value)


def _plain(value: float) -> str:
    """The fewest digits that read back as the same number, never with an exponent."""
    return format(Decimal(repr(float(value) + 0.0)).normalize(), "f")


def _percent(fraction: float) -> str:
    return format((Decimal(repr(float(fraction) + 0.0)) * 100).normalize(), "f")


def _symbols(text: str) -> Value:
    if text.lower() in {"all", _ALL}:
        return []
    symbols = [part.upper() for part in re.split(r"[,;\s]+", text) if part]
    if not symbols:
        raise ValueRefused("Type symbols with commas between them, or “all” for every instrument of the data set.")
    return list(dict.fromkeys(symbols))


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ValueRefused("Type a date as year-month-day, for example 2010-12-31.")
    return text


def _number(text: str, unit: Unit) -> Value:
    lowered, factor = text.lower().replace("\u2212", "-"), Decimal(1)
    for suffix in _SUFFIXES.get(unit, ()):
        if lowered.endswith(suffix):
            lowered = lowered[: -len(suffix)].strip()
            break
    if lowered.endswith("%"):
        if unit not in {Unit.FRACTION, Unit.BPS}:
            raise ValueRefused(f"A percentage does not fit here; type a plain number ({unit.value}).")
        lowered, factor = lowered[:-1].strip(), Decimal("0.01") if unit is Unit.FRACTION else Decimal(100)
    if not _NUMBER.fullmatch(lowered):
        raise ValueRefused(f"“{text[:40]}” is not a number ({unit.value}). {_example(unit)}")
    value = float(Decimal(lowered.replace(",", "")) * factor)
    if abs(value) > _LARGEST:
        raise ValueRefused(f"{text[:40]} is too large. {_example(unit)}")
    whole = unit in DURATIONS | {Unit.COUNT}
    if whole and value != int(value):
        raise ValueRefused(f"Type a whole number ({unit.value}).")
    return int(value) if whole else value


def _example(unit: Unit) -> str:
    return {Unit.FRACTION: "For example 5% or 0.05.", Unit.BPS: "For example 10 bps or 0.1%."}.get(
        unit, "For example 12."
    )
