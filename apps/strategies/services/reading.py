"""Read a document with the reader that was asked for; with the rule reader in its place when it cannot, and beside it when it can.

Whatever reads, every quote is looked up by our own code before anything is stored.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings

from apps.domain.evidence import PageWords
from apps.domain.language import Disagreement
from apps.jobs.services import LeaseLost, Work
from apps.llm.services import Account, Answer, Heard, Request, ask
from apps.strategies.adapters.choose import reader_named
from apps.strategies.adapters.reader import (
    Catalogue,
    NoStrategyFound,
    ReaderUnavailable,
    Reading,
    verify_quotes,
)
from apps.strategies.evaluation.disagreement import disagreements, pairs

RULES = "rules"
SLICE = 300.0
"""Seconds after which no further question is asked in one task: the work is taken up again, from the recorded answers, by the
next, well before the task's own limit."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a reading. `fallback_code` says why the rule reader stepped in; `differences` are by draft."""

    reading: Reading
    fallback_code: str = ""
    fallback_reason: str = ""
    second: str = ""
    differences: tuple[tuple[Disagreement, ...], ...] = field(default=())
    note: str = ""


def read_verified(
    pages: tuple[PageWords, ...], *, title: str, catalogue: Catalogue, reader: str | None = None, **how: Any
) -> Reading:
    """What a reader finds in pages, each quote located by our own code. A document without a strategy gives a remark.

    Raises ReaderUnavailable.
    """
    try:
        reading = reader_named(reader, **how).read(pages=pages, catalogue=catalogue, title=title)
    except NoStrategyFound as error:
        return Reading(drafts=(), remarks=(error.message,))
    return verify_quotes(reading, pages)


def read_for(work: Work, pages: tuple[PageWords, ...], *, title: str, catalogue: Catalogue) -> Outcome:
    """The job's reading. Raises ReaderUnavailable only when the rule reader may not step in (EXTRACTION_FALLBACK)."""
    asked = work.plan["reader"]
    if asked == RULES:
        return Outcome(read_verified(pages, title=title, catalogue=catalogue, reader=RULES))
    how = {"ask": _asking(work), "report": work.progress}
    try:
        reading = read_verified(pages, title=title, catalogue=catalogue, reader=asked, **how)
    except ReaderUnavailable as error:
        if not settings.EXTRACTION_FALLBACK:
            raise
        return fallen_back(error, pages, title=title, catalogue=catalogue)
    return cross_checked(reading, pages, title=title, catalogue=catalogue)


def fallen_back(error: ReaderUnavailable, pages: tuple[PageWords, ...], *, title: str, catalogue: Catalogue) -> Outcome:
    """The rule reader's reading, and why it stands in for another."""
    reading = read_verified(pages, title=title, catalogue=catalogue, reader=RULES)
    reason = error.message.replace(" Read the document with the rule reader, or try again later.", "")
    return Outcome(reading, str(error.details.get("reason", error.code))[:60], reason[:600])


def cross_checked(reading: Reading, pages: tuple[PageWords, ...], *, title: str, catalogue: Catalogue) -> Outcome:
    """A reading with what the rule reader reads differently."""
    second = read_verified(pages, title=title, catalogue=catalogue, reader=RULES)
    places = pairs(reading.drafts, second.drafts)
    differences = tuple(
        tuple(disagreements(draft, second.drafts[place])) if place is not None else ()
        for draft, place in zip(reading.drafts, places, strict=True)
    )
    return Outcome(reading, second=RULES, differences=differences, note=_note(reading, second, places))


def _note(reading: Reading, second: Reading, places: Sequence[int | None]) -> str:
    only = [draft.meta.name for place, draft in enumerate(second.drafts) if place not in places]
    if not reading.drafts and only:
        return f"The rule reader finds a strategy here: {', '.join(f'“{name}”' for name in only)}."
    if only:
        return f"Only the rule reader finds {', '.join(f'“{name}”' for name in only)}."
    alone = [d.meta.name for d, place in zip(reading.drafts, places, strict=True) if place is None]
    return f"The rule reader does not find {', '.join(f'“{name}”' for name in alone[:8])}." if alone else ""


def account_of(work: Work) -> Account:
    """On whose account the job asks a model."""
    return Account(work.tenant_id, work.subject_id, UUID(work.plan["document_id"]), work.requested_by_id)


def _asking(work: Work) -> Any:
    account, began = account_of(work), time.monotonic()

    def asking(request: Request, heard: Heard | None) -> Answer:
        if time.monotonic() - began > SLICE:
            raise LeaseLost("The reading goes on in the next task.")
        return ask(request, account=account, heard=heard)

    return asking
