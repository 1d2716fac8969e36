"""Why a strategy is not changed."""

from __future__ import annotations

from apps.domain.errors import DomainError


class DraftChangedError(DomainError):
    """Somebody else changed the draft since it was loaded."""

    code = "draft_changed"
    status = 409


class FourEyesError(DomainError):
    """The desk asks for four eyes, and this person changed what is to be approved."""

    code = "four_eyes"
    status = 409


class NotADraftError(DomainError):
    """Only a draft can be changed."""

    code = "not_a_draft"
    status = 409


class NotExpressibleError(DomainError):
    """The strategy needs a construct that the language refuses."""

    code = "not_expressible"


class NotASpecificationError(DomainError):
    """What was sent is not a specification; `details` lists where."""

    code = "not_a_specification"
