"""What happens to people and tokens."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from apps.events.events import EventData


class MemberAdded(EventData):
    type: ClassVar[str] = "accounts.member_added"
    person_id: UUID
    role: str

    def sentence(self) -> str:
        return f"added a member as {self.role.replace('_', ' ')}"


class FourEyesSet(EventData):
    type: ClassVar[str] = "accounts.four_eyes_set"
    on: bool

    def sentence(self) -> str:
        if self.on:
            return "asked for four eyes: who changes a draft no longer approves it"
        return "lets people approve the drafts that they changed"


class TokenCreated(EventData):
    type: ClassVar[str] = "accounts.token_created"
    label: str

    def sentence(self) -> str:
        return f"created the API token “{self.label}”"


class TokenRevoked(EventData):
    type: ClassVar[str] = "accounts.token_revoked"
    label: str

    def sentence(self) -> str:
        return f"revoked the API token “{self.label}”"
