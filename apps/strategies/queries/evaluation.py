"""How well the readers read: scores on the gold set, written by a command and held fresh by a test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "evaluation" / "results.json"
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


def _reader(told: dict[str, Any]) -> ReaderScore:
    parts = (PartScore(key=key, title=title, **told["parts"][key]) for key, title in _PARTS)
    fields = (FieldScore(field=row["field"], **row["all"], held_out_f1=row["held_out"]["f1"]) for row in told["fields"])
    return ReaderScore(told["reader"], told["version"], tuple(parts), tuple(fields))
