"""The port to people. A later channel (a chat, say) is one more class here and one more key in `ChannelKey`."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from apps.events.services import hint
from apps.notifications.enums import ChannelKey


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as a channel gets it: who, what in words, and the absolute address of the page.

    `id` is the same at every attempt, for channels that can drop a second copy.
    """

    id: UUID
    tenant_id: UUID
    person_id: UUID
    name: str
    email: str
    desk: str
    topic: str
    sentence: str
    url: str
    settings_url: str


class Channel(Protocol):
    """A way to a person. `is_queued` channels go out by a task of their own, after the commit, with retries."""

    key: ChannelKey
    is_queued: bool

    def send(self, message: Message) -> None:
        """Hand the message over; whatever is raised counts as a failed attempt."""


class PageChannel:
    """The bell of open pages. The notice itself is a row; only a hint is sent."""

    key = ChannelKey.PAGE
    is_queued = False

    def send(self, message: Message) -> None:
        hint(
            tenant_id=message.tenant_id,
            topic=f"person:{message.person_id}",
            event="notifications.told",
            id=message.id,
        )


class EmailChannel:
    """A letter in plain text and HTML, through whichever mail back end Django is set to."""

    key = ChannelKey.EMAIL
    is_queued = True

    def send(self, message: Message) -> None:
        context = {"message": message}
        letter = EmailMultiAlternatives(
            subject=" ".join(message.sentence.split())[:180],
            body=render_to_string("notifications/email/message.txt", context),
            to=[message.email],
            headers={
                "Message-ID": f"<{message.id}@{_domain(settings.DEFAULT_FROM_EMAIL)}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        letter.attach_alternative(render_to_string("notifications/email/message.html", context), "text/html")
        letter.send()


def _domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2] or "localhost"


CHANNELS: dict[ChannelKey, Channel] = {channel.key: channel for channel in (PageChannel(), EmailChannel())}
