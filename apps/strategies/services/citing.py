"""Cite a sentence of the document for a parameter. Our own code finds the sentence, and says what it proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.enums import Actor, Permission
from apps.documents import queries as documents
from apps.domain.errors import DomainError
from apps.domain.evidence import PageWords, QuoteFinder
from apps.domain.language import (
    Alternative,
    Citation,
    DraftParameter,
    Status,
    UnknownParameter,
    format_value,
)
from apps.events.services import append
from apps.strategies import queries
from apps.strategies.adapters.amounts import contains_value
from apps.strategies.adapters.reader import DOUBT, why_not_stated
from apps.strategies.events import ParameterCited
from apps.strategies.models import Strategy
from apps.strategies.services.drafts import count_questions, locked_draft
from apps.strategies.services.errors import DraftChangedError

_LONGEST_QUOTE = 1000


class NothingToCiteError(DomainError):
    """The strategy comes from no document."""

    code = "nothing_to_cite"


class QuoteNotLocatedError(DomainError):
    """Our own code does not find the quote in the document."""

    code = "quote_not_located"


@dataclass(frozen=True, slots=True)
class Cited:
    """A draft with a new citation. `outcome` is a sentence: what the citation proves, or why it proves nothing."""

    strategy: Strategy
    outcome: str


@transaction.atomic
def cite(
    *, strategy_id: UUID, name: str, page: int, quote: str, actor: Actor, at: datetime, revision: int | None = None
) -> Cited:
    """Make a sentence of the document the citation of a parameter.

    A quote that holds the value makes it stated; one that holds the value of a single other reading becomes that reading's
    citation; any other is cited, and said to prove nothing. Of several places the one on `page` is taken.
    Raises StrategyNotFoundError, NotAllowedError, NotADraftError, DraftChangedError, UnknownParameter, NothingToCiteError,
    QuoteNotLocatedError.
    """
    strategy = locked_draft(strategy_id, actor, Permission.REVIEW_STRATEGY)
    if revision is not None and revision != strategy.revision:
        raise DraftChangedError(
            "Somebody changed this draft meanwhile. Load the page again and cite it once more.",
            revision=strategy.revision,
        )
    draft = queries.draft_of(strategy)
    before = draft.parameters.get(name)
    if before is None:
        raise UnknownParameter(f"There is no parameter “{name}”.", name=name)
    if strategy.document_id is None:
        raise NothingToCiteError(
            "This strategy comes from no document, so there is no page to cite. Answer it instead."
        )
    citation = _located(quote, page, documents.pages_of(document_id=strategy.document_id))
    after, outcome = _with(before, citation)
    changed = draft.model_copy(update={"parameters": {**draft.parameters, name: after}})
    strategy.draft = changed.model_dump(mode="json")
    count_questions(strategy, changed, at)
    data = ParameterCited(
        title=strategy.title,
        parameter=name,
        label=after.label,
        page=citation.page,
        quote=citation.quote,
        before=before.status.value,
        after=after.status.value,
        outcome=outcome,
        revision=strategy.revision,
    )
    append(tenant_id=strategy.tenant_id, subject_id=strategy.id, data=data, actor_id=actor.person_id, at=at)
    return Cited(strategy, outcome)


def _located(quote: str, page: int, pages: tuple[PageWords, ...]) -> Citation:
    wanted = " ".join(quote.replace("\x00", "").split())[:_LONGEST_QUOTE]
    found = QuoteFinder(pages).locate(wanted, hint_page=page) if wanted else None
    if found is None or found.page is None:
        raise QuoteNotLocatedError(
            f"This sentence is not in the document. Copy it from page {page} word for word, numbers included.",
            page=page,
        )
    if found.match == "fuzzy":  # the document's own words are the evidence, not nearly the same ones
        words = [word.text for one in pages for word in one.words]
        wanted = " ".join(word for start, end in found.spans for word in words[start:end])[:_LONGEST_QUOTE]
    return Citation(page=found.page, quote=wanted, match=found.match, score=found.score, boxes=list(found.boxes))


def _with(parameter: DraftParameter, citation: Citation) -> tuple[DraftParameter, str]:
    """The parameter with the citation where it belongs, and what that proves."""
    where = f"page {citation.page}"
    doubt = why_not_stated(citation, parameter) if parameter.value is not None else "It has no value yet: answer it."
    if not doubt:
        proven = {"citation": citation, "status": Status.STATED, "note": _without_doubt(parameter.note)}
        return parameter.model_copy(update=proven), f"Stated on {where}."
    said = [a for a in parameter.alternatives if contains_value(citation.quote, a.value, parameter.unit)]
    if len(said) == 1:
        alternatives = [
            Alternative(value=a.value, reason=a.reason, citation=citation) if a is said[0] else a
            for a in parameter.alternatives
        ]
        reading = format_value(said[0].value, parameter.unit)
        return (
            parameter.model_copy(update={"alternatives": alternatives}),
            f"Cited for the reading {reading}: that is what {where} says.",
        )
    is_stated = parameter.status is Status.STATED
    update: dict[str, object] = {"citation": citation}
    if is_stated:
        update |= {"status": Status.INFERRED, "note": f"{_without_doubt(parameter.note)} {doubt}".strip()}
    return parameter.model_copy(update=update), f"Cited {where}. {doubt}"


def _without_doubt(note: str) -> str:
    """A note without what was said about an earlier quote."""
    return note.partition(DOUBT)[0].strip()
