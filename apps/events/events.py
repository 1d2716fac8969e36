"""The shape of an event's own data, and the register of all kinds of event."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from apps.domain.errors import DomainError

_KINDS: dict[str, type[EventData]] = {}


class UnknownEventError(DomainError):
    """A stored event names a kind that this version of the platform does not know."""

    code = "unknown_event"


class EventData(BaseModel):
    """What happened, in fields. A kind of event is a subclass: its schema, its subject and its sentence in one place.

    `type` is "app.past_participle"; `version` rises when a field changes meaning; `sentence` finishes "Alice Moreau …"
    in the activity feed. No personal data in clear: people are ids.

    `topic` is what people switch on and off for themselves (apps.notifications.enums.Topic); without one nobody is told.
    `shared` names the fields that may leave the platform in a web hook: ids, counts and fixed words, never words of a document.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: ClassVar[str]
    version: ClassVar[int] = 1
    topic: ClassVar[str] = ""
    shared: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "type" not in vars(cls):  # a base of several kinds
            return
        existing = _KINDS.get(cls.type, cls)
        if (existing.__module__, existing.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"Two kinds of event are called {cls.type}.")
        _KINDS[cls.type] = cls

    def sentence(self) -> str:
        """What the actor did, beginning with a verb in the past tense."""
        raise NotImplementedError

    def path(self, subject_id: UUID) -> str | None:
        """Where to look at the subject in the browser."""
        return None

    def concerned(self) -> tuple[UUID, ...]:
        """The people whom this is news for, whether they want to be told or not."""
        return ()


class OnRequest(EventData):
    """What came of work that somebody asked for. Events stored before `asked_by` was written have none."""

    asked_by: UUID | None = None

    def concerned(self) -> tuple[UUID, ...]:
        return (self.asked_by,) if self.asked_by else ()


def kinds() -> dict[str, type[EventData]]:
    """Every registered kind, by type."""
    return dict(_KINDS)


def kind(type_: str) -> type[EventData]:
    """The kind of that type; raises UnknownEventError."""
    try:
        return _KINDS[type_]
    except KeyError:
        raise UnknownEventError(f"The event type {type_} is not known here.") from None
