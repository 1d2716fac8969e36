"""What the model is asked to answer with, and how that becomes drafts: flat on its side, checked on ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from apps.domain.language import (
    FILL_CHOICES,
    REBALANCE_CHOICES,
    DraftSpecification,
    FormulaError,
    Severity,
    Unit,
    Value,
    ValueRefused,
    findings,
    parse,
    parse_value,
)
from apps.strategies.adapters.instruments import SPX
from apps.strategies.adapters.reader import Catalogue, DataSet

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_FRACTIONS = frozenset(
    {"annual_return", "annual_volatility", "max_drawdown", "mean_monthly_return", "total_return", "win_rate"}
)
_FRACTIONS |= {"benchmark_annual_return", "benchmark_max_drawdown"}
_LABELS = {
    "rebalance": "Rebalancing",
    "fill": "Orders fill at",
    "cost": "Trading cost, one way",
    "start": "First day",
    "end": "Last day",
    "count": "Instruments held",
}
_UNITS = {"rebalance": Unit.CHOICE, "fill": Unit.CHOICE, "cost": Unit.BPS, "start": Unit.DATE, "end": Unit.DATE}
_CHOICES = {"rebalance": REBALANCE_CHOICES, "fill": FILL_CHOICES}


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
    unit: Literal["days", "weeks", "months", "years", "fraction", "bps", "count", "number", "choice", "date"]
    value: str | None = Field(default=None, description="a plain number, a date as year-month-day, or a choice")
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
    basis: str = ""
    comparable: bool = True
    quote: Quote


class ReplyStrategy(BaseModel):
    """One strategy."""

    name: str
    summary: str
    family: Literal["trend", "momentum", "mean_reversion", "other"]
    data_set: str = Field(description="one key of the list of data sets")
    symbols: list[str] = Field(default=[], description="empty for every instrument of the data set")
    signals: list[ReplySignal] = []
    enter: str | None = Field(default=None, description="each instrument on its own: the condition to hold it")
    exit: str | None = Field(default=None, description="the condition to sell, unless it is simply the end of enter")
    rank_by: str | None = Field(default=None, description="instead of enter: the series to rank by")
    weights_over: Literal["selected", "universe"] = "selected"
    parameters: list[ReplyParameter] = Field(
        description="also rebalance, fill, cost, start, end; and count with rank_by"
    )
    claims: list[ReplyClaim] = []


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


def draft_of(proposed: ReplyStrategy, catalogue: Catalogue) -> tuple[DraftSpecification | None, list[str]]:
    """The draft, if it holds, and a sentence on every part that was left out or refused."""
    problems: list[str] = []

    def left_out(what: str, why: str) -> None:
        problems.append(f"“{proposed.name[:120]}”: {what} was left out: {why}")

    data_set = catalogue.find(proposed.data_set)
    if data_set is None:
        left_out("its data set", f"there is no data set “{proposed.data_set[:60]}”.")
    try:
        draft = DraftSpecification.model_validate(_content(proposed, data_set, catalogue, left_out))
    except (ValidationError, FormulaError) as error:
        left_out("the strategy", str(error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.message))
        return None, problems
    facts: dict[str, Any] = {"fields": data_set.fields, "symbols": data_set.symbols} if data_set else {}
    errors = [f.message for f in findings(draft, **facts) if f.severity is Severity.ERROR]
    if errors:
        left_out("the strategy", " ".join(errors[:3]))
        return None, problems
    return draft, problems


_Note = Callable[[str, str], None]


def _content(
    proposed: ReplyStrategy, data_set: DataSet | None, catalogue: Catalogue, left_out: _Note
) -> dict[str, Any]:
    table = _table(proposed, data_set, catalogue, left_out)
    selection: dict[str, Any] = {"kind": "per_asset", "enter": proposed.enter or "", "exit": proposed.exit or None}
    if proposed.rank_by:
        selection = {"kind": "top_n", "by": proposed.rank_by, "count": "count"}
    for formula in (proposed.rank_by, proposed.enter, proposed.exit):
        if formula:
            parse(formula)
    claims = [_claim(claim, number, left_out) for number, claim in enumerate(proposed.claims, start=1)]
    return {
        "meta": {"name": proposed.name[:120], "summary": proposed.summary[:600], "family": proposed.family},
        "data": {"dataset": "dataset"},
        "universe": {"symbols": "symbols"},
        "signals": {signal.name: signal.formula for signal in proposed.signals},
        "selection": selection,
        "weights": {"over": proposed.weights_over},
        "schedule": {"rebalance": "rebalance"},
        "execution": {"fill": "fill", "cost": "cost"},
        "evaluation": {name: name if name in table else None for name in ("start", "end", "capital", "benchmark")},
        "parameters": table,
        "claims": [claim for claim in claims if claim is not None],
    }


def _table(proposed: ReplyStrategy, data_set: DataSet | None, catalogue: Catalogue, left_out: _Note) -> dict[str, Any]:
    table: dict[str, Any] = {
        "dataset": _row(
            "Data set",
            Unit.DATASET,
            data_set.key if data_set else None,
            "inferred",
            "Chosen by the model from the loaded data sets.",
        ),
        "symbols": _row(
            "Universe",
            Unit.SYMBOLS,
            _symbols(proposed, data_set, left_out),
            "inferred",
            "Named by the model; an empty list means all.",
        ),
        "capital": _row(
            "Capital", Unit.CURRENCY, 1_000_000.0, "assumed", "Results are in percent, so it only scales the orders."
        ),
    }
    if catalogue.holds(SPX):
        table["benchmark"] = _row("Benchmark", Unit.SYMBOL, SPX, "assumed", "The S&P 500 is the platform's choice.")
    for parameter in proposed.parameters:
        if not _NAME.match(parameter.name) or (parameter.name in table and parameter.name not in _UNITS):
            left_out(f"the parameter “{parameter.name[:60]}”", "its name cannot be used.")
            continue
        table[parameter.name] = _parameter(parameter, left_out)
    for name in ("rebalance", "fill", "cost"):
        if name not in table:
            table[name] = _row(_LABELS[name], _UNITS[name], None, "missing", "") | {
                "choices": list(_CHOICES.get(name, ()))
            }
    if proposed.rank_by and "count" not in table:
        table["count"] = _row(_LABELS["count"], Unit.COUNT, None, "missing", "")
    return table


def _row(label: str, unit: Unit, value: Value | None, status: str, note: str) -> dict[str, Any]:
    return {
        "label": label,
        "unit": unit,
        "value": value,
        "status": "missing" if value is None else status,
        "note": note,
    }


def _symbols(proposed: ReplyStrategy, data_set: DataSet | None, left_out: _Note) -> list[str]:
    known = [symbol for symbol in proposed.symbols if data_set is not None and symbol in data_set.symbols]
    for symbol in sorted(set(proposed.symbols) - set(known)):
        left_out(f"the symbol {symbol[:20]}", "the data set does not carry it.")
    return known


def _parameter(parameter: ReplyParameter, left_out: _Note) -> dict[str, Any]:
    name = parameter.name
    unit, choices = _UNITS.get(name, Unit(parameter.unit)), _CHOICES.get(name, ())
    said = f"a value of “{parameter.label[:80]}”"
    value = _typed(parameter.value, unit, choices, lambda why: left_out(said, why))
    others = []
    for other in parameter.alternatives[:8]:
        typed = _typed(other.value, unit, choices, lambda why: left_out(said, why))
        if typed is not None:
            others.append({"value": typed, "reason": other.reason[:300], "citation": _citation(other.quote)})
    status = parameter.status if value is not None else "missing"
    return {
        "label": _LABELS.get(name, parameter.label[:120] or name),
        "unit": unit,
        "value": value if status != "missing" else None,
        "status": status,
        "note": parameter.note[:500],
        "question": parameter.question[:500],
        "citation": _citation(parameter.quote),
        "alternatives": others,
        "choices": list(choices),
    }


def _typed(text: str | None, unit: Unit, choices: tuple[str, ...], refused: Callable[[str], None]) -> Value | None:
    if text is None or not text.strip():
        return None
    try:
        return parse_value(text, unit, choices)
    except ValueRefused as error:
        refused(error.message)
        return None


def _claim(claim: ReplyClaim, number: int, left_out: _Note) -> dict[str, Any] | None:
    unit = Unit.FRACTION if claim.metric in _FRACTIONS else Unit.COUNT if claim.metric == "n_trades" else Unit.NUMBER
    value = _typed(claim.value, unit, (), lambda why: left_out(f"the figure “{claim.label[:80]}”", why))
    citation = _citation(claim.quote)
    if not isinstance(value, int | float) or citation is None:
        return None
    return {
        "key": f"{claim.metric}_{number}",
        "label": claim.label[:200],
        "metric": claim.metric,
        "value": float(value),
        "unit": unit,
        "citation": citation,
        "window_start": _day(claim.window_start),
        "window_end": _day(claim.window_end),
        "basis": claim.basis[:500],
        "comparable": claim.comparable,
    }


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _citation(quote: Quote | None) -> dict[str, Any] | None:
    return (
        {"page": max(1, quote.page), "quote": quote.text[:1000]} if quote is not None and quote.text.strip() else None
    )
