"""Readings of a document: who read, what stood in the way, and where two readers disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from apps.domain.language import DraftSpecification
from apps.llm import queries as llm
from apps.strategies.evaluation.disagreement import Disagreement, same_value
from apps.strategies.models import Extraction, Strategy

READER_NAMES = {"rules": "rule reader", "claude": "Claude reader"}


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """A disagreement in a sentence: what the second reader reads, and where."""

    sentence: str
    page: int | None
    quote: str
    found: Disagreement


@dataclass(frozen=True, slots=True)
class ReadingNotes:
    """What the review page says about how a draft came about. `by_parameter` stands beside fields, `others` above them."""

    read_by: str
    fallback_reason: str
    by_parameter: Mapping[str, SecondOpinion]
    others: tuple[SecondOpinion, ...]

    @property
    def n(self) -> int:
        return len(self.by_parameter) + len(self.others)


def readings(*, document_id: UUID) -> list[Extraction]:
    """Every reading of a document, newest first."""
    return list(Extraction.objects.filter(document_id=document_id).order_by("-created_at", "-id"))


def reading_notes(strategy: Strategy, draft: DraftSpecification, /) -> ReadingNotes:
    """How a strategy was read. What an analyst has set to the other reader's value since is no longer a disagreement."""
    extraction = strategy.extraction
    if extraction is None:
        return ReadingNotes("", "", {}, ())
    reader = READER_NAMES.get(str(extraction.cross_check.get("reader")), "other reader")
    told = extraction.cross_check.get("strategies", {}).get(str(strategy.id), [])
    found = [Disagreement(**one) for one in told]
    standing = [one for one in found if not _is_settled(one, draft)]
    fields = {one.parameter: _opinion(one, reader) for one in standing if one.parameter}
    others = tuple(_opinion(one, reader) for one in standing if not one.parameter)
    return ReadingNotes(
        READER_NAMES.get(extraction.read_by, extraction.read_by), extraction.fallback_reason, fields, others
    )


def claude_is_set_up() -> bool:
    """Whether a reading by Claude can be asked for."""
    return llm.is_set_up()


def default_reader() -> str:
    """The reader that reads when nobody names one."""
    return str(settings.STRATEGY_READER)


def _is_settled(one: Disagreement, draft: DraftSpecification) -> bool:
    parameter = draft.parameters.get(one.parameter)
    if parameter is None or one.second_value is None or parameter.value is None:
        return False
    return same_value(parameter.value, parameter.unit.value, one.second_value, one.second_unit)


def _opinion(one: Disagreement, reader: str) -> SecondOpinion:
    if one.second:
        sentence = f"The {reader} reads {one.second}"
    elif one.second_status == "missing":
        sentence = f"The {reader} does not find it settled and asks"
    else:
        sentence = f"The {reader} does not read this"
    return SecondOpinion(sentence, one.second_page, one.second_quote, one)
