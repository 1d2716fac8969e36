"""The one table of numbers and choices: every executable value, where it comes from, and what else it might be."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ParameterName = Identifier
Formula = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Value = bool | int | float | str | list[str]


class Closed(BaseModel):
    """A section in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Status(StrEnum):
    """Where a value comes from."""

    STATED = "stated"  # the document says it; the citation shows where
    INFERRED = "inferred"  # follows from what the document says; the note says how
    ASSUMED = "assumed"  # the platform's default; nobody said it
    MISSING = "missing"  # the rules need it and nobody has said it: a question
    ANALYST = "analyst"  # a person set it in review


class Unit(StrEnum):
    """What a value is measured in. Fractions, never percent; a month is 21 trading days, a year 252."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    FRACTION = "fraction"
    BPS = "bps"
    COUNT = "count"
    NUMBER = "number"
    CURRENCY = "currency"
    DATE = "date"
    CHOICE = "choice"
    SYMBOL = "symbol"
    SYMBOLS = "symbols"
    DATASET = "dataset"
    SOURCE = "source"  # an external series, a fundamental item, a grouping, a table of events


class Citation(Closed):
    """A verbatim quote and the page it stands on; `match` says how our own code found it there."""

    page: int = Field(ge=1)
    quote: str = Field(min_length=1, max_length=1000)
    match: Literal["exact", "normalised", "fuzzy", "not located"] = "not located"
    score: float = Field(default=0.0, ge=0.0, le=1.0)
    boxes: list[tuple[int, float, float, float, float]] = Field(default_factory=list)
    """(page, x0, y0, x1, y1) in PDF points from the top left: one per line of the quote."""


class Alternative(Closed):
    """Another plausible reading of a parameter."""

    value: Value
    reason: str = ""
    citation: Citation | None = None


class Range(Closed):
    """The values worth sweeping, ends included."""

    low: float
    high: float
    step: float = Field(gt=0)


class ParameterBase(Closed):
    """One row of the table. `question` is what the reviewer is asked when the value is missing or contradictory."""

    label: str = Field(min_length=1, max_length=120)
    unit: Unit
    status: Status
    note: str = ""
    question: str = ""
    citation: Citation | None = None
    alternatives: list[Alternative] = Field(default_factory=list)
    range: Range | None = None
    choices: list[str] = Field(default_factory=list)
    """The closed list of values when `unit` is "choice"."""


class DraftParameter(ParameterBase):
    """A parameter that may still be a question."""

    value: Value | None = None


class RunnableParameter(ParameterBase):
    """A parameter with a value."""

    value: Value


P = TypeVar("P", bound=ParameterBase)


DURATIONS = frozenset({Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS})
NUMERIC = DURATIONS | {Unit.FRACTION, Unit.NUMBER, Unit.COUNT, Unit.BPS}


def names(place: str, *units: Unit, choices: tuple[str, ...] = (), default: Any = ...) -> Any:
    """A field that names a parameter: the place in words, the units it may have, its choices. Readable as data."""
    place_in_words: dict[str, Any] = {"names": "parameter", "place": place, "units": sorted(u.value for u in units)}
    if choices:
        place_in_words["choices"] = list(choices)
    return Field(default=default, json_schema_extra=place_in_words)


def formula(place: str, gives: str, *, default: Any = ...) -> Any:
    """A field that is a formula: the place in words, and what it must give (a word of checks.formulas)."""
    return Field(default=default, json_schema_extra={"names": "formula", "place": place, "gives": gives})
