"""The port of readers: what a reader gets, what it gives, and the check that no reader can talk its way around.

A reader proposes; `verify_quotes` looks every quote up again among the document's words, so that "stated" always means
that our own code found the sentence and the value in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from apps.domain.errors import DomainError
from apps.domain.evidence import NOT_LOCATED, PageWords, QuoteFinder
from apps.domain.language import Alternative, Citation, Claim, DraftParameter, DraftSpecification, Status
from apps.strategies.adapters.amounts import contains_value, text_of_value

DOUBT = "Not counted as stated:"
"""How every such reason begins."""


class ReaderUnavailable(DomainError):  # noqa: N818 -- an answer to the user
    """The reader could not be asked, or its answer could not be used."""

    code = "reader_unavailable"
    status = 503


class NoStrategyFound(DomainError):  # noqa: N818 -- an answer to the user
    """The document holds no rule that the platform can run."""

    code = "no_strategy_found"


@dataclass(frozen=True, slots=True)
class DataSet:
    """What a reader may know of a data set: never its values."""

    key: str
    title: str
    symbols: tuple[str, ...]
    fields: tuple[str, ...]
    first_day: date
    last_day: date
    adjustment: str = ""
    """For what the closes were adjusted, in the data set's own words."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The data sets that a strategy can be proposed for."""

    data_sets: tuple[DataSet, ...]

    def find(self, key: str) -> DataSet | None:
        return next((data_set for data_set in self.data_sets if data_set.key == key), None)

    def holds(self, symbol: str) -> bool:
        return any(symbol in data_set.symbols for data_set in self.data_sets)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of a document. `remarks` are sentences for the analyst; tokens are 0 without a model."""

    drafts: tuple[DraftSpecification, ...]
    remarks: tuple[str, ...] = ()
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0


class Reader(Protocol):
    """Reads a document. `name` and `version` are kept with what it proposes."""

    name: str
    version: str

    def read(self, *, pages: Sequence[PageWords], catalogue: Catalogue, title: str) -> Reading:
        """Raises NoStrategyFound when there is nothing to propose, ReaderUnavailable when it could not be read."""
        ...


def verify_quotes(reading: Reading, pages: Sequence[PageWords]) -> Reading:
    """The reading with every citation looked up among the words of `pages`.

    `match`, `score`, `boxes` and `page` are overwritten by what is found. A stated value whose quote is not in the
    document, or does not hold the value, becomes inferred with a note; such a claim is no longer comparable.
    """
    finder = QuoteFinder(pages)
    return replace(reading, drafts=tuple(_draft(draft, finder) for draft in reading.drafts))


def _draft(draft: DraftSpecification, finder: QuoteFinder) -> DraftSpecification:
    parameters = {name: _parameter(parameter, finder) for name, parameter in draft.parameters.items()}
    claims = [_claim(claim, finder) for claim in draft.claims]
    return draft.model_copy(update={"parameters": parameters, "claims": claims})


def _located(citation: Citation | None, finder: QuoteFinder) -> Citation | None:
    if citation is None:
        return None
    found = finder.locate(citation.quote, hint_page=citation.page) if citation.quote.strip() else NOT_LOCATED
    return citation.model_copy(
        update={
            "page": found.page or citation.page,
            "match": found.match,
            "score": found.score,
            "boxes": list(found.boxes),
        }
    )


def located_again(draft: DraftSpecification, pages: Sequence[PageWords]) -> DraftSpecification:
    """The draft with the place of every citation looked up anew; what people and readers made of them stays.

    A quote that is no longer found keeps its page and words, is `not located`, and has no boxes.
    """
    finder = QuoteFinder(pages)
    parameters = {
        name: parameter.model_copy(
            update={
                "citation": _located(parameter.citation, finder),
                "alternatives": [
                    a.model_copy(update={"citation": _located(a.citation, finder)}) for a in parameter.alternatives
                ],
            }
        )
        for name, parameter in draft.parameters.items()
    }
    claims = [claim.model_copy(update={"citation": _located(claim.citation, finder)}) for claim in draft.claims]
    return draft.model_copy(update={"parameters": parameters, "claims": claims})


def _parameter(parameter: DraftParameter, finder: QuoteFinder) -> DraftParameter:
    citation = _located(parameter.citation, finder)
    alternatives = [
        Alternative(value=a.value, reason=a.reason, citation=_located(a.citation, finder))
        for a in parameter.alternatives
    ]
    update: dict[str, object] = {"citation": citation, "alternatives": alternatives}
    doubt = why_not_stated(citation, parameter) if parameter.status is Status.STATED else ""
    if doubt:
        update |= {"status": Status.INFERRED, "note": f"{parameter.note} {doubt}".strip()}
    return parameter.model_copy(update=update)


def why_not_stated(citation: Citation | None, parameter: DraftParameter) -> str:
    """Why a located citation does not make the parameter's value stated; empty when it does."""
    if citation is None:
        return f"{DOUBT} no sentence was cited for it."
    if citation.match == "not located":
        return f"{DOUBT} the quote was not found in the document."
    if parameter.value is not None and not contains_value(citation.quote, parameter.value, parameter.unit):
        said = text_of_value(parameter.value, parameter.unit)
        return f"{DOUBT} the quote does not contain {said}."
    return ""


def _claim(claim: Claim, finder: QuoteFinder) -> Claim:
    citation = _located(claim.citation, finder)
    if citation is None or citation.match == "not located":
        doubt = "The quote was not found in the document; check the figure before relying on it."
    elif not contains_value(citation.quote, claim.value, claim.unit):
        doubt = "The quote does not contain this figure; check it before relying on it."
    else:
        return claim.model_copy(update={"citation": citation})
    return claim.model_copy(
        update={"citation": citation, "comparable": False, "basis": f"{claim.basis} {doubt}".strip()}
    )


__all__ = [
    "DOUBT",
    "Catalogue",
    "DataSet",
    "NoStrategyFound",
    "Reader",
    "ReaderUnavailable",
    "Reading",
    "verify_quotes",
    "why_not_stated",
]
