"""Tell people what happened, and note what they have read."""

from __future__ import annotations

from collections.abc import Sequence
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


def tell(event: Happened) -> None:
    """Give each person whom an event concerns, and who wants to hear of its topic, a notice; a second time changes nothing."""
    tell_all([event])


@transaction.atomic
def tell_all(events: Sequence[Happened]) -> None:
    """The same for several events of a desk. The page of a person hears of all of them at once."""
    by_topic: dict[Topic, list[Happened]] = {}
    for event in events:
        if event.data.topic:
            by_topic.setdefault(Topic(event.data.topic), []).append(event)
    for topic, those in by_topic.items():
        people = {p.person_id: p for p in addressees(person_ids={one for e in those for one in e.data.concerned()})}
        wanted = wanted_channels(person_ids=people, topic=topic) if people else {}
        notices = [
            _notice(event, topic, wanted[person_id], person_id)
            for event in those
            for person_id in dict.fromkeys(event.data.concerned())
            if wanted.get(person_id)
        ]
        _keep(notices, people, wanted)


def _notice(event: Happened, topic: Topic, channels: frozenset[ChannelKey], person_id: UUID) -> Notice:
    sentence = event.data.sentence()
    return Notice(
        tenant_id=event.tenant_id,
        person_id=person_id,
        event_id=event.id,
        topic=topic,
        sentence=(sentence[:1].upper() + sentence[1:])[:_LONGEST],
        path=event.data.path(event.subject_id) or "",
        in_page=ChannelKey.PAGE in channels,
        at=event.at,
    )


def _keep(notices: list[Notice], people: dict[UUID, Addressee], wanted: dict[UUID, frozenset[ChannelKey]]) -> None:
    """Store those that are new and pass them on. An event's delivery is locked, so nobody else stores the same."""
    if not notices:
        return
    told = set(Notice.objects.filter(event_id__in={n.event_id for n in notices}).values_list("person_id", "event_id"))
    new = [notice for notice in notices if (notice.person_id, notice.event_id) not in told]
    Notice.objects.bulk_create(new)
    last = {notice.person_id: notice for notice in new}
    for notice in new:
        for key in sorted(wanted[notice.person_id]):
            if CHANNELS[key].is_queued:
                _queue(notice, key, at=notice.at)
            elif last[notice.person_id] is notice:  # one word to the open page: it fetches all that is new
                message = message_of(notice, people[notice.person_id], id=notice.id)
                transaction.on_commit(partial(CHANNELS[key].send, message))


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
