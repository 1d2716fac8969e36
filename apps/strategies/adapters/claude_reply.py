"""What the model is asked to answer with: flat, with the sections of the language as texts of their own.

Output schemas of models allow few optional fields and unions, far fewer than the sections have; so a section comes as a text
of JSON, which our own schema reads (`claude_draft.py`), and what it refuses goes back to the model.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class Quote(BaseModel):
    """A passage copied from the document."""

    page: int
    text: str


class Other(BaseModel):
    """Another reading of a value."""

    value: str
    reason: str = ""
    quote: Quote | None = None


class ReplyParameter(BaseModel):
    """A value as text, in its unit."""

    name: str = Field(description="lower_snake_case; formulas refer to it by this name")
    label: str
    unit: Literal[
        "days",
        "weeks",
        "months",
        "years",
        "fraction",
        "bps",
        "count",
        "number",
        "currency",
        "choice",
        "date",
        "symbol",
        "symbols",
        "source",
    ]
    value: str | None = Field(
        default=None, description="a plain number, a date as year-month-day, a choice, or symbols with commas"
    )
    status: Literal["stated", "inferred", "missing"]
    note: str = ""
    question: str = ""
    quote: Quote | None = None
    alternatives: list[Other] = []


class ReplySignal(BaseModel):
    """A named formula."""

    name: str
    formula: str


class ReplyClaim(BaseModel):
    """A figure that the document reports."""

    metric: Literal[
        "annual_return",
        "annual_volatility",
        "sharpe_ratio",
        "max_drawdown",
        "mean_monthly_return",
        "total_return",
        "win_rate",
        "n_trades",
        "benchmark_annual_return",
        "benchmark_max_drawdown",
    ]
    label: str
    value: str = Field(description="the number as a fraction for returns, volatility, win rate and drawdown")
    window_start: str | None = None
    window_end: str | None = None
    definition: str = Field(default="", description="what the document calls it, or how it defines it")
    costs: Literal["gross", "net", "not stated"] = "not stated"
    annualisation: str = Field(default="", description="how it is brought to a period, if the document says so")
    universe: str = Field(default="", description="what it is of: a market, a list of stocks")
    basis: str = Field(default="", description="what else the number refers to: a leg, a variant")
    comparable: bool = Field(default=True, description="whether the rules written down here would give this figure")
    quote: Quote


class ReplyStrategy(BaseModel):
    """One strategy."""

    name: str
    summary: str
    family: Literal["trend", "momentum", "mean_reversion", "other"]
    data_set: str = Field(description="one key of the list of data sets")
    symbols: list[str] = Field(default=[], description="empty for every instrument of the data set")
    signals: list[ReplySignal] = []
    data: str = Field(default="", description="JSON of what it adds to the data set; empty for daily bars alone")
    universe: str = Field(default="", description="JSON of the section; empty for the symbols above")
    selection: str = Field(description="JSON of the section")
    weights: str = Field(default="", description="JSON of the section; empty for equal weights over what is selected")
    schedule: str = Field(default="", description="JSON of what it adds to the rebalancing")
    overlay: str = Field(default="", description="JSON of the section; empty when nothing stands above the selection")
    execution: str = Field(default="", description="JSON of what it adds to fill and cost")
    parameters: list[ReplyParameter] = Field(
        description="every parameter that formulas and sections name; also rebalance, fill, cost, start and end"
    )
    claims: list[ReplyClaim] = []
    differences: list[str] = Field(
        default=[],
        description="where these rules are only the closest that can be said: what the document does instead",
    )


class StrategyReply(BaseModel):
    """The answer about one strategy."""

    strategy: ReplyStrategy | None = Field(default=None, description="empty when it is no strategy after all")
    not_a_strategy: str = Field(default="", description="then why")
    remarks: list[str] = Field(default=[], description="what the analyst should know that the fields cannot say")


class Candidate(BaseModel):
    """A strategy that was found, not yet written down."""

    name: str
    summary: str = Field(default="", description="its rule in one sentence")
    pages: list[int] = Field(default=[], description="the pages that hold its rules, costs, window and figures")
    quote: str = Field(default="", description="the sentence that states its rule, copied character by character")


class Candidates(BaseModel):
    """The strategies of one part of a document."""

    strategies: list[Candidate]
    not_a_strategy: str = Field(default="", description="when there is none: what the part is instead, in one sentence")
    language: str = Field(default="", description="the document's language, its English name")
