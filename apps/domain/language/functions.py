"""The closed list of functions of the formula grammar. A test holds it to the interpreter, both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """The type of a formula's value."""

    SERIES = "series"  # one number per instrument and day
    BOOLEAN = "boolean"  # one yes or no per instrument and day
    NUMBER = "number"
    DURATION = "duration"  # whole trading days


@dataclass(frozen=True, slots=True)
class Signature:
    """A function: what it takes and gives, what it says in words, and how many earlier days it needs.

    `warm_up` gets the values of the duration arguments, in trading days, in order.
    """

    name: str
    arguments: tuple[Kind, ...]
    result: Kind
    words: str
    """A phrase with {0}, {1} … for the arguments, as explain() says it."""
    warm_up: Callable[[Sequence[int]], int]


def _none(durations: Sequence[int]) -> int:
    return 0


def _window(durations: Sequence[int]) -> int:
    return durations[0] - 1


def _span(durations: Sequence[int]) -> int:
    return durations[0]


def _one(durations: Sequence[int]) -> int:
    return 1


_S, _B, _D = Kind.SERIES, Kind.BOOLEAN, Kind.DURATION
_LIST = (
    Signature("sma", (_S, _D), _S, "the {1} simple moving average of {0}", _window),
    Signature("ema", (_S, _D), _S, "the {1} exponential moving average of {0}", _window),
    Signature("rsi", (_S, _D), _S, "the {1} relative strength index of {0}", _span),
    Signature(
        "trailing_return", (_S, _D, _D), _S, "the return of {0} over the last {1}, skipping the most recent {2}", _span
    ),
    Signature("lag", (_S, _D), _S, "{0} as it was {1} before", _span),
    Signature("crosses_above", (_S, _S), _B, "{0} crosses above {1}", _one),
    Signature("crosses_below", (_S, _S), _B, "{0} crosses below {1}", _one),
    Signature("abs", (_S,), _S, "the absolute value of {0}", _none),
    Signature("min", (_S, _S), _S, "the lower of {0} and {1}", _none),
    Signature("max", (_S, _S), _S, "the higher of {0} and {1}", _none),
)
FUNCTIONS: Mapping[str, Signature] = MappingProxyType({signature.name: signature for signature in _LIST})
