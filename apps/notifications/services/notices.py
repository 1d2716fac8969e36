"""Tell people what happened, and note what they have read."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from apps.accounts.enums import Actor
from apps.accounts.queries import Addressee, addressees
from apps.events.queries import Happened
from apps.events.services import hint, send
from apps.notifications.adapters.channels import CHANNELS, Message
from apps.notifications.enums import ChannelKey, Sending, Topic
from apps.notifications.models import Dispatch, Notice
from apps.notifications.queries.notices import notice as one_notice
from apps.notifications.queries.notices import notices_of, wanted_channels

_LONGEST = 300


@transaction.atomic
def tell(event: Happened) -> None:
    """Give each person whom an event concerns, and who wants to hear of its topic, a notice; a second time changes nothing."""
    if not event.data.topic:
        return
    topic = Topic(event.data.topic)
    people = addressees(person_ids=event.data.concerned())
    wanted = wanted_channels(person_ids=[p.person_id for p in people], topic=topic)
    for person in people:
        if wanted[person.person_id]:
            _tell_one(event, topic, person, wanted[person.person_id])


def _tell_one(event: Happened, topic: Topic, person: Addressee, channels: frozenset[ChannelKey]) -> None:
    sentence = event.data.sentence()
    notice, is_new = Notice.objects.get_or_create(
        tenant_id=event.tenant_id,
        person_id=person.person_id,
        event_id=event.id,
        defaults={
            "topic": topic,
            "sentence": (sentence[:1].upper() + sentence[1:])[:_LONGEST],
            "path": event.data.path(event.subject_id) or "",
            "in_page": ChannelKey.PAGE in channels,
            "at": event.at,
        },
    )
    if not is_new:
        return
    for key in sorted(channels):
        if CHANNELS[key].is_queued:
            _queue(notice, key, at=event.at)
        else:
            transaction.on_commit(partial(CHANNELS[key].send, message_of(notice, person, id=notice.id)))


def _queue(notice: Notice, key: ChannelKey, *, at: datetime) -> None:
    row = Dispatch.objects.create(
        tenant_id=notice.tenant_id, notice=notice, channel=key, status=Sending.WAITING, next_attempt_at=at
    )
    transaction.on_commit(
        lambda: send("notifications.dispatch", tenant_id=str(notice.tenant_id), dispatch_id=str(row.id))
    )


def message_of(notice: Notice, person: Addressee, *, id: UUID) -> Message:  # noqa: A002 -- the message's own word
    """A notice in the words and with the addresses that a channel needs."""
    return Message(
        id=id,
        tenant_id=notice.tenant_id,
        person_id=notice.person_id,
        name=person.name,
        email=person.email,
        desk=person.desk,
        topic=Topic(notice.topic).label,
        sentence=notice.sentence,
        url=settings.SITE_URL + reverse("notifications:open", args=[notice.id]),
        settings_url=settings.SITE_URL + reverse("notifications:preferences"),
    )


@transaction.atomic
def mark_read(*, notice_id: UUID, actor: Actor, at: datetime) -> Notice:
    """Note that a person has seen one notice of theirs. Raises NoticeNotFoundError."""
    notice = one_notice(notice_id=notice_id, person_id=actor.person_id)
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
        _hint_own_pages(actor)
    return notice


@transaction.atomic
def mark_all_read(*, actor: Actor, at: datetime) -> int:
    """Note that a person has seen everything; returns how many notices that were."""
    n = notices_of(person_id=actor.person_id, unread=True).filter(at__lte=at).update(read_at=at)
    if n:
        _hint_own_pages(actor)
    return n


def _hint_own_pages(actor: Actor) -> None:
    """The person's other windows count again."""
    topic = f"person:{actor.person_id}"
    transaction.on_commit(lambda: hint(tenant_id=actor.tenant_id, topic=topic, event="notifications.read"))
