"""The shape of a strategy: closed, versioned, data only.

Numbers and choices live in one table, `parameters`; every other section names its entries. So the one table is the
review form, the citation list, the list of questions and the axes of a sweep. A *draft* may have holes in the table, a
*runnable* may not: two schemas, one shape. Every field that names a parameter or holds a formula says so in its own
metadata (`names`, `formula`), which is what the checks, the explanation, the hash and the published schema walk.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any, Generic, Literal

from pydantic import BeforeValidator, Field

from apps.domain.language.parameters import (
    Citation,
    Closed,
    DraftParameter,
    Formula,
    Identifier,
    P,
    ParameterName,
    RunnableParameter,
    Unit,
    formula,
    names,
)
from apps.domain.language.sections import (
    Data,
    EqualWeights,
    Execution,
    Overlay,
    Schedule,
    Selection,
    Universe,
    Weights,
)

LANGUAGE_VERSION = "1.0"


class Meta(Closed):
    """What the strategy is called and what it does, for people."""

    name: str = Field(min_length=1, max_length=120)
    summary: str = ""
    family: Literal["trend", "momentum", "mean_reversion", "other"] = "other"
    differences: list[str] = Field(default_factory=list)
    """Where these rules are the closest that can be said: what the document does and they do not, a sentence each."""


class Evaluation(Closed):
    """The window, the capital and the yardstick."""

    start: ParameterName | None = names("the first day", Unit.DATE, default=None)
    end: ParameterName | None = names("the last day", Unit.DATE, default=None)
    capital: ParameterName = names("the capital", Unit.CURRENCY)
    benchmark: ParameterName | None = names("the benchmark", Unit.SYMBOL, default=None)


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
    definition: str = ""
    """What the document calls the figure, or how it defines it, in its own words."""
    costs: Literal["gross", "net", "not stated"] = "not stated"
    annualisation: str = ""
    """How the figure is brought to a period: "compound per year", "per month". Empty where nothing tells."""
    universe: str = ""
    """What the figure is of: a market, a list of stocks."""
    basis: str = ""
    """Gross or net, which market, which leg: what the document's number refers to."""
    comparable: bool = True
    """False when our run cannot measure the same thing (another market, a long-short leg); `basis` then says why."""
    citation: Citation | None = None


def _of_kind(kind: str, value: Any) -> Any:
    """The plainest kind is meant where a section does not say."""
    return {"kind": kind, **value} if isinstance(value, dict) else value


class Specification(Closed, Generic[P]):
    """A strategy. The executable sections are every one but `meta`, `claims` and the provenance fields of `parameters`."""

    language: Literal["1.0"] = "1.0"
    meta: Meta
    data: Data
    universe: Annotated[Universe, Field(discriminator="kind"), BeforeValidator(partial(_of_kind, "fixed"))]
    signals: dict[Identifier, Formula] = formula("the signal", "any", default={})
    selection: Annotated[Selection, Field(discriminator="kind")]
    weights: Annotated[Weights, Field(discriminator="kind"), BeforeValidator(partial(_of_kind, "equal"))] = (
        EqualWeights()
    )
    schedule: Schedule
    overlay: Overlay = Overlay()
    execution: Execution
    evaluation: Evaluation
    parameters: dict[Identifier, P]
    claims: list[Claim] = Field(default_factory=list)


class DraftSpecification(Specification[DraftParameter]):
    """A strategy that may have holes: what a reader proposes and an analyst reviews."""


class RunnableSpecification(Specification[RunnableParameter]):
    """A strategy without holes: what a run freezes."""
