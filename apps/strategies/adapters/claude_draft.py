"""How an answer of the model becomes a draft: read by our own schema, checked by our own compiler, and never trusted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from apps.domain.language import (
    DraftSpecification,
    FormulaError,
    Reference,
    Unit,
    Value,
    ValueRefused,
    parse,
    parse_value,
    references,
)
from apps.strategies.adapters.claude_reply import Quote, ReplyClaim, ReplyParameter, ReplyStrategy
from apps.strategies.adapters.closest import closest, errors_of
from apps.strategies.adapters.instruments import SPX
from apps.strategies.adapters.reader import Catalogue, DataSet

_NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
_OURS = frozenset({"dataset", "symbols", "capital", "benchmark"})
"""Parameters that the platform fills in."""
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
_SECTIONS: dict[str, dict[str, str]] = {
    "data": {"dataset": "dataset"},
    "universe": {"symbols": "symbols"},
    "selection": {},
    "weights": {},
    "schedule": {"rebalance": "rebalance"},
    "overlay": {},
    "execution": {"fill": "fill", "cost": "cost"},
}
"""The sections that come as a text, and what of them is there without a word."""
_LONGEST = 10_000
"""Characters of a section: the longest of the library has a tenth of it."""

_Note = Callable[[str, str], None]


class _UnreadableError(Exception):
    """A section that is no JSON object."""


def draft_of(proposed: ReplyStrategy, catalogue: Catalogue) -> tuple[DraftSpecification | None, list[str]]:
    """The draft, if it holds, and a sentence on every part that was left out or refused.

    A draft whose parts cannot stand together becomes the closest that can, with the difference in words.
    """
    problems: list[str] = []

    def left_out(what: str, why: str) -> None:
        problems.append(f"“{proposed.name[:120]}”: {what} was left out: {why}")

    data_set = catalogue.find(proposed.data_set)
    if data_set is None:
        left_out("its data set", f"there is no data set “{proposed.data_set[:60]}”.")
    try:
        draft = DraftSpecification.model_validate(_content(proposed, data_set, catalogue, left_out))
    except (ValidationError, FormulaError, _UnreadableError) as error:
        left_out("the strategy", _why(error))
        return None, problems
    errors = errors_of(draft, data_set)
    if not errors:
        return draft, problems
    left_out("the strategy", " ".join(error.message for error in errors[:3]))
    near, differences = closest(draft, data_set)
    if not differences or errors_of(near, data_set):
        return None, problems
    meta = near.meta.model_copy(update={"differences": [*near.meta.differences, *differences]})
    return near.model_copy(update={"meta": meta}), problems


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        said = [f"{'.'.join(map(str, e['loc']))[:80]}: {e['msg'][:200]}" for e in error.errors()[:3]]
        return "; ".join(said) + "."
    return str(getattr(error, "message", error))


def _content(
    proposed: ReplyStrategy, data_set: DataSet | None, catalogue: Catalogue, left_out: _Note
) -> dict[str, Any]:
    rules: dict[str, Any] = {
        "meta": {
            "name": proposed.name[:120],
            "summary": proposed.summary[:600],
            "family": proposed.family,
            "differences": [one.strip()[:300] for one in proposed.differences[:10] if one.strip()],
        },
        "signals": {signal.name: signal.formula for signal in proposed.signals},
        "evaluation": {"capital": "capital"},
        **{name: given | _read(name, getattr(proposed, name)) for name, given in _SECTIONS.items()},
    }
    skeleton = DraftSpecification.model_validate(rules | {"parameters": {}})
    table = _table(proposed, data_set, catalogue, _places(skeleton), left_out)
    claims = [_claim(claim, number, left_out) for number, claim in enumerate(proposed.claims, start=1)]
    return rules | {
        "evaluation": {name: name if name in table else None for name in ("start", "end", "capital", "benchmark")},
        "parameters": table,
        "claims": [claim for claim in claims if claim is not None],
    }


def _read(name: str, text: str) -> dict[str, Any]:
    """A section from its text. Raises _UnreadableError with what is wrong."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text[: _LONGEST + 1]) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError) as error:
        raise _UnreadableError(f"{name} is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise _UnreadableError(f"{name} is not a JSON object of at most {_LONGEST:,} characters.")
    for formula in _formulas(found):
        parse(formula)
    return found


def _formulas(section: Mapping[str, Any]) -> list[str]:
    """The rules of a selection, of which a fault is told with its column."""
    return [section[key] for key in ("by", "enter", "exit", "enter_short", "exit_short") if _is_text(section.get(key))]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not _NAME.match(value)


def _places(skeleton: DraftSpecification) -> dict[str, Reference]:
    """For each parameter that a section names, the first place that does: it knows units and choices."""
    found: dict[str, Reference] = {}
    for reference in references(skeleton):
        found.setdefault(reference.name, reference)
    return found


def _table(
    proposed: ReplyStrategy, data_set: DataSet | None, catalogue: Catalogue, places: dict[str, Reference], left_out: _Note
) -> dict[str, Any]:  # fmt: skip
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
        if not _NAME.match(parameter.name) or parameter.name in _OURS:
            left_out(f"the parameter “{parameter.name[:60]}”", "its name cannot be used.")
            continue
        table[parameter.name] = _parameter(parameter, places.get(parameter.name), left_out)
    for name, place in places.items():
        if name not in table:
            label = _LABELS.get(name, place.place.removeprefix("the ").capitalize()[:120])
            table[name] = _row(label, _unit(place, None), None, "missing", "") | {"choices": list(place.choices)}
    return table


def _unit(place: Reference | None, said: str | None) -> Unit:
    """The unit that the place asks for; of several the one that was said."""
    if place is None:
        return Unit(said or "number")
    if said is not None and Unit(said) in place.units:
        return Unit(said)
    return Unit.MONTHS if Unit.MONTHS in place.units else min(place.units)


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


def _parameter(parameter: ReplyParameter, place: Reference | None, left_out: _Note) -> dict[str, Any]:
    unit = Unit.DATE if parameter.name in {"start", "end"} else _unit(place, parameter.unit)
    choices = place.choices if place is not None else ()
    said = f"a value of “{parameter.label[:80]}”"
    value = _typed(parameter.value, unit, choices, lambda why: left_out(said, why))
    others = []
    for other in parameter.alternatives[:8]:
        typed = _typed(other.value, unit, choices, lambda why: left_out(said, why))
        if typed is not None:
            others.append({"value": typed, "reason": other.reason[:300], "citation": _citation(other.quote)})
    status = parameter.status if value is not None else "missing"
    return {
        "label": _LABELS.get(parameter.name, parameter.label[:120] or parameter.name),
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
        "definition": claim.definition[:300],
        "costs": claim.costs,
        "annualisation": claim.annualisation[:100],
        "universe": claim.universe[:200],
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
