"""The types of formulas, and what a function of the language is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a formula's value.

    A number is a calendar series that never changes; a calendar series is a market series that is known ahead; a market
    series is a price series that is the same for every instrument: each may stand where the next is wanted.
    """

    SERIES = "series"  # one number per instrument and day
    CROSS_SECTION = "cross_section"  # a number per instrument and day, relative to the other members of the universe
    MARKET = "market"  # one number per day, the same for every instrument
    CALENDAR = "calendar"  # one number per day that the calendar alone decides: known ahead
    BOOLEAN = "boolean"  # one yes or no per instrument and day
    GROUP = "group"  # a label per instrument and day: a sector, an industry
    EVENT = "event"  # a table of dated events
    BARS = "bars"  # how many bars, per instrument and day: may be compared with a duration
    NUMBER = "number"
    DURATION = "duration"  # whole trading days (whole bars, on intraday data)


@dataclass(frozen=True, slots=True)
class Signature:
    """A function: what it takes and gives, what it says in words, and how many earlier days it needs.

    `warm_up` gets the values of the duration arguments, in trading days, in order. `several` is the place of an argument
    that may be given one to five times. `meaning` defines the value exactly; `example` is a formula that a test runs.
    """

    name: str
    arguments: tuple[Kind, ...]
    result: Kind
    words: str
    """A phrase with {0}, {1} … for the arguments, as explain() says it."""
    warm_up: Callable[[Sequence[int]], int]
    family: str
    meaning: str
    example: str
    several: int | None = None

    def fitted(self, n: int) -> tuple[Kind, ...] | None:
        """The kinds of `n` arguments; None when the function does not take so many."""
        extra = n - len(self.arguments)
        if self.several is None or not 0 < extra <= MOST_SEVERAL - 1:
            return self.arguments if extra == 0 else None
        place = self.several
        return (*self.arguments[:place], *[self.arguments[place]] * (extra + 1), *self.arguments[place + 1 :])


MOST_SEVERAL = 5
