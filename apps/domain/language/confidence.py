"""How far a value can be trusted, from how it was found: never from what a model says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from apps.domain.language.parameters import Citation, ParameterBase, Status


class Sure(StrEnum):
    """How sure a value is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure a value is, and why in a sentence."""

    sure: Sure
    reason: str


def confidence_of(parameter: ParameterBase) -> Confidence:
    """The confidence of one parameter, from its status and from how its quote was found on the page."""
    status = Status.MISSING if getattr(parameter, "value", None) is None else parameter.status
    match status:
        case Status.MISSING:
            return Confidence(Sure.NONE, "Nobody has said it: it is a question.")
        case Status.ANALYST:
            return Confidence(Sure.HIGH, "A person set it in review.")
        case Status.ASSUMED:
            return Confidence(Sure.LOW, "The document does not say it; it is the platform's choice.")
        case Status.INFERRED:
            if _is_found(parameter.citation):
                return Confidence(Sure.MEDIUM, "It follows from words of the document that were found on their page.")
            return Confidence(Sure.LOW, "It follows from the document as a whole; no words of it say so.")
    return _of_quote(parameter.citation)


def _is_found(citation: Citation | None) -> bool:
    return citation is not None and citation.match != "not located"


def _of_quote(citation: Citation | None) -> Confidence:
    if citation is None:
        return Confidence(Sure.LOW, "It is called stated, and no words of the document are quoted for it.")
    match citation.match:
        case "exact":
            return Confidence(Sure.HIGH, "Its quote stands on the page word by word.")
        case "normalised":
            return Confidence(Sure.HIGH, "Its quote stands on the page, but for spelling and spacing.")
        case "fuzzy":
            return Confidence(Sure.MEDIUM, f"{citation.score:.0%} of its quote stands on the page.")
    return Confidence(Sure.LOW, "Its quote was not found on the page.")
