"""How well the readers read: scores on the gold set, written by a command and held fresh by a test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "evaluation" / "results.json"
QUOTE_RESULTS = Path(__file__).parents[1] / "evaluation" / "quotes" / "results.json"
_GROUPS = {"true": "True quotes", "blurred": "Misread or shortened quotes", "false": "False quotes"}
_PARTS = (("all", "All documents"), ("tuned", "Open while rules were written"), ("held_out", "Held out"))


@dataclass(frozen=True, slots=True)
class PartScore:
    """One reader on one part of the set. A measure is None where nothing could be counted."""

    key: str
    title: str
    n_documents: int
    n_right: int
    n_wrong: int
    n_unread: int
    precision: float | None
    recall: float | None
    f1: float | None
    abstention: float | None
    quote_precision: float | None
    same_place: float | None
    status_agreement: float | None
    stability: float | None


@dataclass(frozen=True, slots=True)
class FieldScore:
    """One field: over all documents, and over those held out."""

    field: str
    n_right: int
    n_wrong: int
    n_unread: int
    precision: float | None
    recall: float | None
    f1: float | None
    held_out_f1: float | None

    @property
    def name(self) -> str:
        """The field in words."""
        return self.field.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class ReaderScore:
    """One reader on the gold set."""

    reader: str
    version: str
    parts: tuple[PartScore, ...]
    fields: tuple[FieldScore, ...]

    @property
    def whole(self) -> PartScore:
        """The scores over every document."""
        return self.parts[0]

    @property
    def held_out(self) -> PartScore:
        """The scores over what was held out."""
        return self.parts[-1]


@cache
def evaluation() -> tuple[ReaderScore, ...]:
    """The stored scores of every reader that was evaluated."""
    return tuple(_reader(told) for told in json.loads(RESULTS.read_text(encoding="utf-8"))["readers"])


@dataclass(frozen=True, slots=True)
class QuoteScore:
    """Quotes of one kind, and what became of them. A false one is right when it is not located."""

    group: str
    kind: str
    n: int
    n_right: int
    n_wrong: int
    n_unlocated: int

    @property
    def group_title(self) -> str:
        """The group in words."""
        return _GROUPS[self.group]


@dataclass(frozen=True, slots=True)
class EvidenceScore:
    """How quotes are found: precision over all that is located, recall of true quotes however they are disturbed."""

    n_documents: int
    n_quotes: int
    precision: float
    recall: float
    kinds: tuple[QuoteScore, ...]


@cache
def evidence_evaluation() -> EvidenceScore:
    """The stored counts of the quotes that were looked up."""
    told = json.loads(QUOTE_RESULTS.read_text(encoding="utf-8"))
    kinds = tuple(QuoteScore(**row) for row in told["kinds"])
    return EvidenceScore(told["n_documents"], told["n_quotes"], told["precision"], told["recall"], kinds)


def _reader(told: dict[str, Any]) -> ReaderScore:
    parts = (PartScore(key=key, title=title, **told["parts"][key]) for key, title in _PARTS)
    fields = (FieldScore(field=row["field"], **row["all"], held_out_f1=row["held_out"]["f1"]) for row in told["fields"])
    return ReaderScore(told["reader"], told["version"], tuple(parts), tuple(fields))
