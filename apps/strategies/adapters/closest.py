"""The closest that the language can say: parts of a document that cannot stand together, changed one at a time and told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from apps.domain.language import DraftParameter, DraftSpecification, Severity, Status, Unit, findings, references
from apps.strategies.adapters.reader import DataSet

_STOPS = ("stop_loss", "take_profit", "trailing_stop", "time_stop")
_Change = tuple[str, Callable[[dict[str, Any]], bool]]


def facts_of(data_set: DataSet | None) -> dict[str, Any]:
    """What the checks may know of a data set."""
    if data_set is None:
        return {}
    return {
        "fields": data_set.fields,
        "symbols": data_set.symbols,
        "first_day": data_set.first_day,
        "last_day": data_set.last_day,
    }


def errors_of(draft: DraftSpecification, data_set: DataSet | None) -> list[Any]:
    """The findings that refuse a draft."""
    return [f for f in findings(draft, **facts_of(data_set)) if f.severity is Severity.ERROR]


def closest(draft: DraftSpecification, data_set: DataSet | None) -> tuple[DraftSpecification, list[str]]:
    """The draft, changed where its structure is refused, with the difference in words; unchanged where it is sound."""
    remarks: list[str] = []
    errors = errors_of(draft, data_set)
    for words, change in _changes():
        structural = [e for e in errors if not e.pointer.startswith("/parameters")]
        if not structural:
            break
        content = draft.model_dump()
        if not change(content):
            continue
        candidate = DraftSpecification.model_validate(content)
        left = errors_of(candidate, data_set)
        if len(left) < len(errors):
            remarks.append(f"{structural[0].message} {words}")
            draft, errors = candidate, left
    used = {reference.name for reference in references(draft)}
    table = {name: parameter for name, parameter in draft.parameters.items() if name in used}
    return draft.model_copy(update={"parameters": table}), remarks


def _changes() -> Iterator[_Change]:
    yield "The closest is a volatility target for each instrument; which one is a question.", _target_instead
    yield "The weights of the document are left out: equal ones are proposed.", _equal_instead
    yield "The stops of the document are left out.", _without_stops
    yield "The overlapping holding period is left out.", _without("schedule", "hold")
    yield "The month of renewal is left out.", _without("schedule", "anchor")
    yield "The gate on the market is left out.", _without("overlay", "regime")


def _target_instead(content: dict[str, Any]) -> bool:
    weights = content["weights"]
    if weights["kind"] != "inverse_volatility":
        return False
    content["weights"] = {
        "kind": "volatility_target",
        "target": "target",
        "window": weights["window"],
        "over": "universe",
    }
    content["parameters"]["target"] = DraftParameter(
        label="Volatility of each position",
        unit=Unit.FRACTION,
        status=Status.MISSING,
        question="The document sizes by one over volatility and uses stops. At which volatility is each position sized?",
    ).model_dump()
    return True


def _equal_instead(content: dict[str, Any]) -> bool:
    if content["weights"]["kind"] == "equal":
        return False
    content["weights"] = {"kind": "equal"}
    return True


def _without_stops(content: dict[str, Any]) -> bool:
    had = any(content["overlay"][name] for name in _STOPS)
    content["overlay"] |= dict.fromkeys(_STOPS)
    return had


def _without(section: str, name: str) -> Callable[[dict[str, Any]], bool]:
    def change(content: dict[str, Any]) -> bool:
        had = content[section][name] is not None
        content[section][name] = None
        return had

    return change
