"""The shape of a strategy: closed, versioned, data only.

Numbers and choices live in one table, `parameters`; every other section names its entries. So the one table is the
review form, the citation list, the list of questions and the axes of a sweep. A *draft* may have holes in the table, a
*runnable* may not: two schemas, one shape.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LANGUAGE_VERSION = "1.0"

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


class Meta(Closed):
    """What the strategy is called and what it does, for people."""

    name: str = Field(min_length=1, max_length=120)
    summary: str = ""
    family: Literal["trend", "momentum", "mean_reversion", "other"] = "other"


class Data(Closed):
    """Which seeded or loaded data set the rules run on."""

    dataset: ParameterName
    bars: Literal["1d"] = "1d"


class FixedUniverse(Closed):
    """A fixed list of symbols; an empty list in the parameter means every instrument of the data set."""

    kind: Literal["fixed"] = "fixed"
    symbols: ParameterName


class PerAsset(Closed):
    """Each instrument on its own: in when `enter` turns true, out when `exit` does; without `exit`, out when not `enter`."""

    kind: Literal["per_asset"] = "per_asset"
    enter: Formula
    exit: Formula | None = None


class TopN(Closed):
    """The `count` instruments with the highest (or lowest) value of the formula `by`."""

    kind: Literal["top_n"] = "top_n"
    by: Formula
    count: ParameterName
    side: Literal["top", "bottom"] = "top"


class EqualWeights(Closed):
    """Equal weights over what is selected ("selected"), or one share per instrument of the universe ("universe": what is
    not selected stays in cash)."""

    kind: Literal["equal"] = "equal"
    over: Literal["selected", "universe"] = "selected"


class Schedule(Closed):
    """When targets are recomputed: `rebalance` names a choice of daily, weekly, monthly, quarterly, yearly; the decision
    is taken at the close of the last (or first) trading day of the period."""

    rebalance: ParameterName
    on: Literal["last", "first"] = "last"


class Execution(Closed):
    """How a decision becomes fills. `fill` names a choice of next_open, next_close; `cost` is one way, in basis points of
    the traded value."""

    fill: ParameterName
    cost: ParameterName


class Evaluation(Closed):
    """The window, the capital and the yardstick."""

    start: ParameterName | None = None
    end: ParameterName | None = None
    capital: ParameterName
    benchmark: ParameterName | None = None


class Claim(Closed):
    """A figure that the document reports and that a run can be held to."""

    key: Identifier
    label: str
    metric: Literal[
        "annual_return", "annual_volatility", "sharpe_ratio", "max_drawdown", "mean_monthly_return", "total_return", "win_rate",
        "n_trades", "benchmark_annual_return", "benchmark_max_drawdown",
    ]  # fmt: skip
    value: float
    unit: Unit
    tolerance: float | None = Field(default=None, gt=0)
    window_start: date | None = None
    window_end: date | None = None
    basis: str = ""
    """Gross or net, which market, which leg: what the document's number refers to."""
    comparable: bool = True
    """False when our run cannot measure the same thing (another market, a long-short leg); `basis` then says why."""
    citation: Citation | None = None


class Specification(Closed, Generic[P]):
    """A strategy. The executable sections are every one but `meta`, `claims` and the provenance fields of `parameters`."""

    language: Literal["1.0"] = "1.0"
    meta: Meta
    data: Data
    universe: FixedUniverse
    signals: dict[Identifier, Formula] = Field(default_factory=dict)
    selection: Annotated[PerAsset | TopN, Field(discriminator="kind")]
    weights: EqualWeights = EqualWeights()
    schedule: Schedule
    execution: Execution
    evaluation: Evaluation
    parameters: dict[Identifier, P]
    claims: list[Claim] = Field(default_factory=list)


class DraftSpecification(Specification[DraftParameter]):
    """A strategy that may have holes: what a reader proposes and an analyst reviews."""


class RunnableSpecification(Specification[RunnableParameter]):
    """A strategy without holes: what a run freezes."""
