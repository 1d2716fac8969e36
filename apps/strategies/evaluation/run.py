"""Run a reader over the gold set and put its scores together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.domain.language import DraftSpecification, Unit, trading_days
from apps.domain.language.parameters import DURATIONS
from apps.strategies.adapters.reader import NoStrategyFound, Reader, verify_quotes
from apps.strategies.evaluation.canonical import Read, canonical
from apps.strategies.evaluation.gold import CATALOGUE, Expected, gold_set, pages_of
from apps.strategies.evaluation.rewording import reword
from apps.strategies.evaluation.score import Counts, Score, score

UNIVERSE = max(len(data_set.symbols) for data_set in CATALOGUE.data_sets)


def read_gold(reader: Reader, expected: Expected, *, text: str | None = None) -> tuple[DraftSpecification, ...]:
    """The drafts that a reader makes of one document, its quotes looked up again by our own code."""
    pages = pages_of(expected.text if text is None else text)
    try:
        reading = reader.read(pages=pages, catalogue=CATALOGUE, title=expected.title)
    except NoStrategyFound:
        return ()
    return verify_quotes(reading, pages).drafts


def evaluate(reader: Reader, *, is_stability_asked: bool = True) -> dict[str, Any]:
    """The scores of a reader on the whole set, on the part that may be tuned on, and on the part held out."""
    read = [(expected, read_gold(reader, expected)) for expected in gold_set()]
    parts = {
        "all": read,
        "tuned": [pair for pair in read if not pair[0].is_held_out],
        "held_out": [pair for pair in read if pair[0].is_held_out],
    }
    scores = {name: score(pairs, universe=UNIVERSE) for name, pairs in parts.items()}
    found: dict[str, Any] = {"reader": reader.name, "version": reader.version}
    found["parts"] = {name: _told(part) for name, part in scores.items()}
    found["fields"] = _by_field(scores)
    if is_stability_asked:
        found["parts"]["all"]["stability"] = _rounded(_stability(reader, read))
        found["parts"]["tuned"]["stability"] = _rounded(_stability(reader, parts["tuned"]))
        found["parts"]["held_out"]["stability"] = _rounded(_stability(reader, parts["held_out"]))
    return found


def _stability(reader: Reader, read: Sequence[tuple[Expected, tuple[DraftSpecification, ...]]]) -> float | None:
    """Of the fields of a document in either wording, how many have the same value in both."""
    same = total = 0
    for expected, drafts in read:
        other = read_gold(reader, expected, text=reword(expected.text))
        one, two = (_plain(d[0]) if d else {} for d in (drafts, other))
        names = one.keys() | two.keys()
        total += len(names)
        same += sum(one.get(name) == two.get(name) for name in names)
    return same / total if total else None


def _plain(draft: DraftSpecification) -> dict[str, str]:
    return {name: _said(read) for name, read in canonical(draft).items()}


def _said(read: Read) -> str:
    """A value as it is compared between two wordings: a length in trading days."""
    if read.unit in {unit.value for unit in DURATIONS} and isinstance(read.value, int | float):
        return f"{trading_days(read.value, Unit(read.unit))} trading days"
    return f"{read.value} {read.unit if read.value is not None else ''}"


def _told(part: Score) -> dict[str, Any]:
    return {
        "n_documents": part.n_documents,
        **_counts(part.counts),
        "abstention": _rounded(part.abstention),
        "quote_precision": _rounded(part.quote_precision),
        "same_place": _rounded(part.same_place),
        "status_agreement": _rounded(part.status_agreement),
    }


def _by_field(scores: dict[str, Score]) -> list[dict[str, Any]]:
    tables = {name: part.by_field for name, part in scores.items()}
    return [
        {"field": name, "all": _counts(counts), "held_out": _counts(tables["held_out"].get(name, Counts()))}
        for name, counts in tables["all"].items()
    ]


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "n_right": counts.n_right,
        "n_wrong": counts.n_wrong,
        "n_unread": counts.n_unread,
        "precision": _rounded(counts.precision),
        "recall": _rounded(counts.recall),
        "f1": _rounded(counts.f1),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
