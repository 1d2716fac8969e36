"""From recognised rules to drafts: rules from the family, values from the sentences, gaps as questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.domain.evidence import PageWords
from apps.domain.language import (
    Alternative,
    DraftParameter,
    DraftSpecification,
    Status,
    Unit,
)
from apps.strategies.adapters.closest import closest, errors_of
from apps.strategies.adapters.reader import Catalogue, DataSet, NoStrategyFound, Reading
from apps.strategies.adapters.rules import builders, families, measures, overlays, patterns, practice
from apps.strategies.adapters.rules.claims import claims_of
from apps.strategies.adapters.rules.families import FAMILY_WORDS, SORTS, Family, Recognised
from apps.strategies.adapters.rules.market import Market, market_of
from apps.strategies.adapters.rules.remarks import differences_of, remarks_of
from apps.strategies.adapters.rules.sentences import Document, read_document
from apps.strategies.adapters.rules.settle import assumed, missing, settle

_Table = dict[str, DraftParameter]
_LONG_DURATIONS = {Unit.MONTHS, Unit.YEARS}


class RuleReader:
    """Reads by rules about wording: no key, no network, the same document always gives the same drafts."""

    name = "rules"
    version = "2.0"

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
    rules, table = builders.build(document, found, market)
    inputs = rules.pop("inputs", {})
    above, rows = _above(document, found, market, is_ranked=found.family in SORTS)
    parameters = {**table, **market.parameters, **_practice(document, found, market, table), **rows}
    weights = {"over": "universe" if _waits_in_cash(found.family) else "selected", **above["weights"]}
    if weights.get("kind", "equal") not in {"equal", "volatility_target"}:
        del weights["over"]
    if weights.get("kind") == "value":
        weights = {"kind": "proportional", "by": "market_cap"}
        inputs = {**inputs, "market_cap": {"kind": "field", "source": "market_cap_source"}}
    if weights.get("kind") == "rank":
        weights["by"] = _ranking(rules)
    claims = claims_of(document, market.data_set, has_short_leg=_has_short_leg(rules))
    schedule = {"rebalance": "rebalance", "on": _on(document)} | {k: k for k in ("anchor", "hold") if k in parameters}
    execution = {"fill": "fill", "cost": "cost"} | {k: k for k in ("spread", "borrow", "per_share") if k in parameters}
    draft = DraftSpecification.model_validate(
        {
            "meta": {
                "name": _name(found.family),
                "summary": _summary(found),
                "family": _KIND.get(found.family, "other"),
            },
            "data": {"dataset": "dataset", "inputs": inputs},
            "universe": {"symbols": "symbols"},
            "weights": weights,
            "schedule": schedule,
            "overlay": above["overlay"],
            "execution": execution,
            "evaluation": {key: key if key in parameters else None for key in ("start", "end", "capital", "benchmark")},
            **rules,
            "parameters": {name: p.model_dump() for name, p in parameters.items()},
            "claims": [claim.model_dump() for claim in claims],
        }
    )
    draft, changed = closest(draft, market.data_set)
    differences = [*differences_of(document, found, draft), *changed]
    draft = draft.model_copy(update={"meta": draft.meta.model_copy(update={"differences": differences})})
    return _sound(draft, market.data_set), [*differences, *remarks_of(document, found, draft)]


def _waits_in_cash(family: Family) -> bool:
    """Whether what is not selected keeps its share of the capital in cash."""
    return family not in {*SORTS, Family.PAIRS, Family.ALLOCATION}


def _has_short_leg(rules: dict[str, Any]) -> bool:
    selection = rules["selection"]
    return bool(selection["kind"] == "pairs" or selection.get("short") or selection.get("enter_short"))


def _ranking(rules: dict[str, Any]) -> str:
    selection = rules["selection"]
    legs_ = selection.get("long")
    by, keep = (
        (legs_[0]["by"], legs_[0]["keep"]) if legs_ else (selection.get("by", "close"), selection.get("side", "top"))
    )
    return str(by) if keep == "top" else f"-{by}"


def _above(document: Document, found: Recognised, market: Market, *, is_ranked: bool) -> tuple[dict[str, Any], _Table]:
    """Weights and overlay, and the rows that they name."""
    own = [s for s in document.body if not s.cited and not s.variation]
    scheme, rows, portfolio = overlays.weights(own)
    overlay: dict[str, Any] = {}
    if scheme.get("kind") == "equal" and overlays.shares_among_held(own):
        scheme = {"kind": "equal", "over": "selected"}
    if scheme.get("kind") == "value":
        cap = next(measure for measure in measures.MEASURES if measure.term == "market_cap")
        rows |= {name: DraftParameter.model_validate(row) for name, row in measures.input_rows(cap).items()}
    if portfolio is not None:
        overlay["volatility"] = portfolio
    exits = overlays.exits(own)
    rows |= exits
    overlay |= {name: name for name in exits}
    if is_ranked:
        listed = market.data_set.symbols if market.data_set else ()
        regime, more = overlays.regime(document, listed)
        months = patterns.season(own)
        if not regime and months:
            regime, more = {"when": "in_months(first_month, last_month)"}, months
        if regime:
            overlay["regime"] = regime
            rows |= more
    renewed = overlays.anchor(own)
    kept = overlays.hold(own) if is_ranked else None
    rows |= {name: p for name, p in (("anchor", renewed), ("hold", kept)) if p is not None}
    return {"weights": scheme, "overlay": overlay}, rows


_KIND = {
    Family.AVERAGE: "trend",
    Family.CROSSOVER: "trend",
    Family.TIME_SERIES: "trend",
    Family.CROSS_SECTION: "momentum",
    Family.REVERSAL: "mean_reversion",
    Family.BREAKOUT: "trend",
    Family.PAIRS: "mean_reversion",
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


def _practice(document: Document, found: Recognised, market: Market, table: _Table) -> _Table:
    rebalances = practice.rebalances([s for s in document.sentences if not s.variation])
    return {
        "rebalance": settle(practice.REBALANCE, rebalances)
        if rebalances and found.family is not Family.CALENDAR
        else _inferred_rebalance(found.family, table),
        "fill": _fill(document, market.data_set, found.family),
        "cost": settle(practice.COST, practice.costs([s for s in document.body if not s.variation])),
        **practice.extra_costs([s for s in document.body if not s.variation and not s.cited]),
        "capital": settle(practice.CAPITAL, practice.capitals(document.body), dominant=1.0),
    }


def _inferred_rebalance(family: Family, table: _Table) -> DraftParameter:
    """Rules on their own price follow the unit of their window; a rank needs a frequency that somebody states."""
    if family is Family.CALENDAR:
        return assumed(practice.REBALANCE, "daily", "A rule of the calendar is looked at every day.")
    window = table.get("window") or table.get("slow") or table.get("length") or table.get("lookback")
    if family in {*SORTS, Family.PAIRS, Family.ALLOCATION} or window is None or window.value is None:
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


def _fill(document: Document, data_set: DataSet | None, family: Family) -> DraftParameter:
    at_close = practice.same_closes(document.body) if family is Family.CALENDAR else []
    if at_close:
        return settle(practice.FILL, at_close)
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
    for _ in range(3):
        errors = errors_of(draft, data_set)
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
