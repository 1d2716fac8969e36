"""What happens to web hooks."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.urls import reverse

from apps.events.events import EventData
from apps.notifications.enums import Topic


class _OfHook(EventData):
    """`host` and never the whole address: its path may be a secret of the receiver."""

    host: str

    def path(self, subject_id: UUID) -> str | None:
        return reverse("notifications:hook", args=[subject_id])


class HookCreated(_OfHook):
    type: ClassVar[str] = "notifications.hook_created"

    def sentence(self) -> str:
        return f"added a web hook to {self.host}"


class HookChanged(_OfHook):
    type: ClassVar[str] = "notifications.hook_changed"
    change: str

    def sentence(self) -> str:
        return f"changed the web hook to {self.host}: {self.change}"


class HookDeleted(_OfHook):
    type: ClassVar[str] = "notifications.hook_deleted"

    def sentence(self) -> str:
        return f"removed the web hook to {self.host}"

    def path(self, subject_id: UUID) -> str | None:
        return None


class HookDisabled(_OfHook):
    type: ClassVar[str] = "notifications.hook_disabled"
    topic: ClassVar[str] = Topic.HOOK_DISABLED
    n_failures: int
    administrators: tuple[UUID, ...] = ()

    def sentence(self) -> str:
        return f"switched off the web hook to {self.host} after {self.n_failures} failed attempts in a row"

    def concerned(self) -> tuple[UUID, ...]:
        return self.administrators
