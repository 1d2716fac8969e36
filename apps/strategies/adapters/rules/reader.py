"""From recognised rules to drafts: rules from the family, values from the sentences, gaps as questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from apps.domain.evidence import PageWords
from apps.domain.language import (
    Alternative,
    DraftParameter,
    DraftSpecification,
    Range,
    Severity,
    Status,
    Unit,
    findings,
)
from apps.strategies.adapters.reader import Catalogue, DataSet, NoStrategyFound, Reading
from apps.strategies.adapters.rules import families, practice
from apps.strategies.adapters.rules.claims import claims_of
from apps.strategies.adapters.rules.families import FAMILY_WORDS, Family, Recognised
from apps.strategies.adapters.rules.market import Market, market_of
from apps.strategies.adapters.rules.remarks import remarks_of
from apps.strategies.adapters.rules.sentences import Document, read_document
from apps.strategies.adapters.rules.settle import Found, Wanted, assumed, missing, settle

_Table = dict[str, DraftParameter]
_LONG_DURATIONS = {Unit.MONTHS, Unit.YEARS}


def _around(value: float) -> Range | None:
    """Half to one and a half times a length, in about a dozen steps."""
    low, high = max(1.0, float(round(value / 2))), float(round(value * 1.5))
    return Range(low=low, high=high, step=max(1.0, float(round((high - low) / 12)))) if high > low else None


def _count_range(value: float) -> Range | None:
    return Range(low=1, high=max(2.0, float(round(value * 2))), step=max(1.0, float(round(value / 5))))


def _level_range(value: float) -> Range | None:
    return Range(low=max(1.0, value - 15), high=min(99.0, value + 15), step=5)


_WINDOW = Wanted("Moving-average window", Unit.MONTHS, "Over how long is the moving average taken?", range_of=_around)
_FAST = Wanted("Fast average", Unit.DAYS, "Over how long is the fast moving average taken?", range_of=_around)
_SLOW = Wanted("Slow average", Unit.DAYS, "Over how long is the slow moving average taken?", range_of=_around)
_LOOKBACK = Wanted("Lookback", Unit.MONTHS, "Over how long is the past return measured?", range_of=_around)
_SKIP = Wanted("Skipped recent time", Unit.MONTHS, "How much of the most recent time is left out of the past return?")
_COUNT = Wanted(
    "Instruments held",
    Unit.COUNT,
    "The document does not state how many instruments are held. How many?",
    range_of=_count_range,
)
_THRESHOLD = Wanted("Return to exceed", Unit.FRACTION, "Which return must be exceeded?")
_LENGTH = Wanted(
    "Index window", Unit.DAYS, "Over how many days is the relative strength index taken?", range_of=_around
)
_LOW = Wanted(
    "Buy below", Unit.NUMBER, "Below which level of the relative strength index is bought?", range_of=_level_range
)
_HIGH = Wanted(
    "Sell above", Unit.NUMBER, "Above which level of the relative strength index is sold?", range_of=_level_range
)


class RuleReader:
    """Reads by rules about wording: no key, no network, the same document always gives the same drafts."""

    name = "rules"
    version = "1.0"

    def read(self, *, pages: Sequence[PageWords], catalogue: Catalogue, title: str) -> Reading:
        """The strategies that a document describes. Raises NoStrategyFound."""
        document = read_document(pages, title)
        recognised = families.recognise(document)
        if not recognised:
            raise NoStrategyFound(_nothing(document))
        drafts: list[DraftSpecification] = []
        remarks: list[str] = []
        for found in recognised:
            draft, notes = _draft(document, found, catalogue)
            drafts.append(draft)
            remarks += [note for note in notes if note not in remarks]
        return Reading(drafts=tuple(drafts), remarks=tuple(remarks))


def _nothing(document: Document) -> str:
    if not document.sentences and not document.tables:
        return (
            "The document has no text to read, so no strategy was found. "
            "If it is a scan, run it through text recognition and upload it again."
        )
    words = list(FAMILY_WORDS.values())
    plural = "s" if len(document.pages) != 1 else ""
    return (
        f"No strategy was found in {len(document.pages)} page{plural}. "
        f"The rule reader looks for sentences that state a rule of {', '.join(words[:-1])} or {words[-1]}. "
        "Write the strategy by hand, or read the document with the Claude reader."
    )


def _draft(document: Document, found: Recognised, catalogue: Catalogue) -> tuple[DraftSpecification, list[str]]:
    market = market_of(document, catalogue, found.family, found.rules)
    rules, table = _BUILDERS[found.family](document, found, market)
    parameters = {**table, **market.parameters, **_practice(document, found, market, table)}
    claims = claims_of(document, market.data_set)
    draft = DraftSpecification.model_validate(
        {
            "meta": {"name": _name(found.family), "summary": _summary(found), "family": _KIND[found.family]},
            "data": {"dataset": "dataset"},
            "universe": {"symbols": "symbols"},
            "weights": {"over": "selected" if found.family is Family.CROSS_SECTION else "universe"},
            "schedule": {"rebalance": "rebalance", "on": _on(document)},
            "execution": {"fill": "fill", "cost": "cost"},
            "evaluation": {key: key if key in parameters else None for key in ("start", "end", "capital", "benchmark")},
            **rules,
            "parameters": {name: p.model_dump() for name, p in parameters.items()},
            "claims": [claim.model_dump() for claim in claims],
        }
    )
    return _sound(draft, market.data_set), remarks_of(document, found, claims)


_KIND = {
    Family.AVERAGE: "trend",
    Family.CROSSOVER: "trend",
    Family.TIME_SERIES: "trend",
    Family.CROSS_SECTION: "momentum",
    Family.REVERSAL: "mean_reversion",
}


def _name(family: Family) -> str:
    """What pages call the strategy; the document that it comes from always stands beside it."""
    return FAMILY_WORDS[family].capitalize()


def _summary(found: Recognised) -> str:
    own = [s for s in found.rules if not s.cited and not s.variation] or list(found.rules)
    return own[0].raw[:300]


def _on(document: Document) -> str:
    first = any(
        "first trading day of" in s.text or "beginning of each month" in s.text for s in document.body if not s.cited
    )
    last = any(
        "last trading day" in s.text or "end of" in s.text or "month-end" in s.text
        for s in document.body
        if not s.cited
    )
    return "first" if first and not last else "last"


def _average(document: Document, found: Recognised, market: Market) -> tuple[dict[str, Any], _Table]:
    kind = "ema" if families.exponential(found.rules) else "sma"
    rules = {
        "signals": {"trend": f"{kind}(close, window)"},
        "selection": {"kind": "per_asset", "enter": "close > trend"},
    }
    return rules, {"window": settle(_WINDOW, families.windows(document), dominant=3.0)}


def _crossover(document: Document, found: Recognised, market: Market) -> tuple[dict[str, Any], _Table]:
    kind = "ema" if families.exponential(found.rules) else "sma"
    fast, slow = families.pairs(document)
    signals = {"fast_average": f"{kind}(close, fast)", "slow_average": f"{kind}(close, slow)"}
    rules = {"signals": signals, "selection": {"kind": "per_asset", "enter": "fast_average > slow_average"}}
    return rules, {"fast": settle(_FAST, fast, dominant=3.0), "slow": settle(_SLOW, slow, dominant=3.0)}


def _momentum(document: Document) -> tuple[str, _Table]:
    """The formula of the past return and its parameters; a skip appears only where the document speaks of one."""
    table = {"lookback": settle(_LOOKBACK, families.lookbacks(document), dominant=2.0)}
    skips = families.skips(document)
    if not skips:
        return "trailing_return(close, lookback, 0)", table
    return "trailing_return(close, lookback, skip)", {**table, "skip": settle(_SKIP, skips, dominant=2.0)}


def _time_series(document: Document, found: Recognised, market: Market) -> tuple[dict[str, Any], _Table]:
    formula, table = _momentum(document)
    limits = families.thresholds(found.rules)
    if limits:
        table["threshold"] = settle(_THRESHOLD, limits)
    enter = f"past_return > {'threshold' if limits else '0'}"
    return {"signals": {"past_return": formula}, "selection": {"kind": "per_asset", "enter": enter}}, table


def _cross_section(document: Document, found: Recognised, market: Market) -> tuple[dict[str, Any], _Table]:
    formula, table = _momentum(document)
    own = [s for s in document.body if not s.cited]
    table["count"] = _count(families.counts(own, market.size), market.size)
    return {
        "signals": {"past_return": formula},
        "selection": {"kind": "top_n", "by": "past_return", "count": "count"},
    }, table


def _count(found: Sequence[Found], size: int) -> DraftParameter:
    count = settle(_COUNT, found, dominant=2.0)
    if count.value is None or not size or not isinstance(count.value, int | float) or count.value <= size:
        return count
    question = (
        f"The document holds {count.value}, but the data set has only {size} instruments. How many are to be held?"
    )
    return missing(
        _COUNT, question, [Alternative(value=count.value, reason="As the document has it.", citation=count.citation)]
    )


def _reversal(document: Document, found: Recognised, market: Market) -> tuple[dict[str, Any], _Table]:
    low, high = families.rsi_levels(found.rules)
    lengths = families.rsi_windows(document)
    length = (
        settle(_LENGTH, lengths, dominant=2.0)
        if lengths
        else assumed(_LENGTH, 14, "The document names no length; 14 days is Wilder's own.")
    )
    rules = {
        "signals": {"strength": "rsi(close, length)"},
        "selection": {"kind": "per_asset", "enter": "strength < buy_below", "exit": "strength > sell_above"},
    }
    return rules, {
        "length": length,
        "buy_below": settle(_LOW, low, dominant=2.0),
        "sell_above": settle(_HIGH, high, dominant=2.0),
    }


_BUILDERS: dict[Family, Callable[[Document, Recognised, Market], tuple[dict[str, Any], _Table]]] = {
    Family.AVERAGE: _average,
    Family.CROSSOVER: _crossover,
    Family.TIME_SERIES: _time_series,
    Family.CROSS_SECTION: _cross_section,
    Family.REVERSAL: _reversal,
}


def _practice(document: Document, found: Recognised, market: Market, table: _Table) -> _Table:
    rebalances = practice.rebalances([s for s in document.sentences if not s.variation])
    return {
        "rebalance": settle(practice.REBALANCE, rebalances) if rebalances else _inferred_rebalance(found.family, table),
        "fill": _fill(document, market.data_set),
        "cost": settle(practice.COST, practice.costs([s for s in document.body if not s.variation])),
        "capital": settle(practice.CAPITAL, practice.capitals(document.body), dominant=1.0),
    }


def _inferred_rebalance(family: Family, table: _Table) -> DraftParameter:
    """Rules on their own price follow the unit of their window; a rank needs a frequency that somebody states."""
    window = table.get("window") or table.get("slow") or table.get("length") or table.get("lookback")
    if family is Family.CROSS_SECTION or window is None or window.value is None:
        return missing(practice.REBALANCE)
    choice = "monthly" if window.unit in _LONG_DURATIONS else "weekly" if window.unit is Unit.WEEKS else "daily"
    note = f"The document does not say; its window is counted in {window.unit.value}, so the rule is checked {choice}."
    return DraftParameter(
        label=practice.REBALANCE.label,
        unit=Unit.CHOICE,
        status=Status.INFERRED,
        value=choice,
        note=note,
        choices=list(practice.REBALANCE.choices),
    )


def _fill(document: Document, data_set: DataSet | None) -> DraftParameter:
    has_opens = data_set is None or "open" in data_set.fields
    found = practice.fills([s for s in document.body if not s.variation and not s.cited])
    if not found:
        choice = "next_open" if has_opens else "next_close"
        why = "the first price after the decision" if has_opens else "the data have closes only"
        return assumed(practice.FILL, choice, f"The document does not say when orders fill; {why}.")
    parameter = settle(practice.FILL, found, dominant=2.0)
    if has_opens or parameter.value != "next_open":
        return parameter
    said = Alternative(
        value="next_open",
        reason="As the document has it; the data carry no opening prices.",
        citation=parameter.citation,
    )
    note = "The document trades at the open, but the data have closes only: orders fill at the next close."
    return parameter.model_copy(
        update={"value": "next_close", "status": Status.INFERRED, "note": note, "alternatives": [said]}
    )


def _sound(draft: DraftSpecification, data_set: DataSet | None) -> DraftSpecification:
    """The draft with every value that the checks refuse turned into a question: a reader's slip must not block a review."""
    facts: dict[str, Any] = {}
    if data_set is not None:
        facts = {
            "fields": data_set.fields,
            "symbols": data_set.symbols,
            "first_day": data_set.first_day,
            "last_day": data_set.last_day,
        }
    for _ in range(3):
        errors = [f for f in findings(draft, **facts) if f.severity is Severity.ERROR]
        if not errors:
            return draft
        draft = _questioned(draft, {name: e.message for e in errors for name in _blamed(draft, e.pointer)})
    return draft


def _blamed(draft: DraftSpecification, pointer: str) -> list[str]:
    parts = pointer.strip("/").split("/")
    if parts[0] == "parameters":
        return [parts[1]] if len(parts) > 1 and parts[1] in draft.parameters else []
    durations: tuple[str, ...] = ("skip", "lookback", "window")
    return [n for n in durations if n in draft.parameters and draft.parameters[n].value is not None][:1]


def _questioned(draft: DraftSpecification, problems: dict[str, str]) -> DraftSpecification:
    changed = dict(draft.parameters)
    for name, message in problems.items():
        old = changed[name]
        kept = (
            [] if old.value is None else [Alternative(value=old.value, reason="As it was read.", citation=old.citation)]
        )
        update = {
            "value": None,
            "status": Status.MISSING,
            "question": f"{message} Which value applies?",
            "alternatives": kept,
            "citation": None,
        }
        changed[name] = old.model_copy(update=update)
    return draft.model_copy(update={"parameters": changed})
