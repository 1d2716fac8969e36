"""Stretches of time as documents write them: "January 1985 to December 2009", "1965-1989", "since 1 March 2001"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = {name.lower(): i for i, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: i for name, i in _MONTHS.items()} | {"sept": 9}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:1[89]|20)\d\d"
_DATE = rf"(?:(?P<iso{{0}}>{_YEAR}-\d\d-\d\d)|(?:(?P<d{{0}}>\d{{{{1,2}}}})(?:st|nd|rd|th)? )?(?:(?P<m{{0}}>{_MONTH})\.?,? )?(?:(?P<e{{0}}>\d{{{{1,2}}}}),? )?(?P<y{{0}}>{_YEAR})(?!\d|-\d\d(?!\d\d)))"
_SPAN = re.compile(
    rf"(?:(?:from|between|during|over|in|of|sample|period)[: ]+)?(?:the (?:years|period)(?: from)? )?\b{_DATE.format(1)}\s*,?\s*(?:-|to|through|(?:and )?(?:until|till|up to)|(?:and )?(?:end(?:s|ed|ing)?|finish(?:es|ed))(?: in| on| at| with)?|and)\s*(?:the end of )?{_DATE.format(2)}\b"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with both ends included, and where it is written. `whole_years` when only years were given."""

    start: date
    end: date
    at: int
    to: int
    whole_years: bool

    def overlap(self, first: date, last: date) -> int:
        """Days shared with another stretch."""
        return max(0, (min(self.end, last) - max(self.start, first)).days + 1)


def spans(text: str) -> Iterator[Span]:
    """Every stretch in a lower-case text that lasts at least half a year."""
    for match in _SPAN.finditer(text):
        try:
            start, end = _day(match, 1, last=False), _day(match, 2, last=True)
        except ValueError:
            continue
        if (end - start).days >= 180:
            years = not any(match[f"{part}{side}"] for part in ("iso", "m") for side in (1, 2))
            yield Span(start, end, match.start(), match.end(), years)


def _day(match: re.Match[str], side: int, *, last: bool) -> date:
    if match[f"iso{side}"]:
        return date.fromisoformat(match[f"iso{side}"])
    year, month = int(match[f"y{side}"]), match[f"m{side}"]
    if not month:
        return date(year, 12, 31) if last else date(year, 1, 1)
    number, day = _MONTHS[month], match[f"d{side}"] or match[f"e{side}"]
    return date(year, number, int(day) if day else (calendar.monthrange(year, number)[1] if last else 1))
