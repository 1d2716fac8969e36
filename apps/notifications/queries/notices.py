"""Read what a person was told, and what they want to be told. Nobody reads another's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.domain.errors import DomainError
from apps.notifications.enums import TOPIC_HELP, WANTED_AT_FIRST, ChannelKey, Topic
from apps.notifications.models import Notice, Preference


class NoticeNotFoundError(DomainError):
    """There is no such notice of this person."""

    code = "notice_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """What a person wants of one topic."""

    topic: Topic
    help: str
    channels: dict[ChannelKey, bool]


def notices_of(*, person_id: UUID, unread: bool = False) -> QuerySet[Notice]:
    """What a person was told in the page, newest first."""
    found = Notice.objects.filter(person_id=person_id, in_page=True).order_by("-at", "-id")
    return found.filter(read_at__isnull=True) if unread else found


def notice(*, notice_id: UUID, person_id: UUID) -> Notice:
    """One notice of the person's own; raises NoticeNotFoundError."""
    found = Notice.objects.filter(id=notice_id, person_id=person_id).first()
    if found is None:
        raise NoticeNotFoundError("There is no such notification of yours.")
    return found


def unread_count(*, person_id: UUID) -> int:
    """How many notices wait beside the bell."""
    return notices_of(person_id=person_id, unread=True).count()


def latest_notices(*, person_id: UUID, limit: int = 6) -> list[Notice]:
    """The newest few, for the drop-down."""
    return list(notices_of(person_id=person_id)[:limit])


def news_since(*, person_id: UUID, since: datetime, limit: int = 20) -> list[Notice]:
    """Unread notices that came after a moment, newest first."""
    return list(notices_of(person_id=person_id, unread=True).filter(at__gt=since)[:limit])


def wanted_channels(*, person_ids: Iterable[UUID], topic: Topic) -> dict[UUID, frozenset[ChannelKey]]:
    """By which channels each of these people wants to hear of a topic."""
    people = list(person_ids)
    answers = {
        (row.person_id, ChannelKey(row.channel)): row.is_wanted
        for row in Preference.objects.filter(person_id__in=people, topic=topic)
    }
    return {
        person: frozenset(key for key in ChannelKey if answers.get((person, key), (topic, key) in WANTED_AT_FIRST))
        for person in people
    }


def preferences_of(*, person_id: UUID) -> list[PreferenceRow]:
    """Every topic and channel with the person's answer, or the first setting where they gave none."""
    answers = {(row.topic, row.channel): row.is_wanted for row in Preference.objects.filter(person_id=person_id)}
    return [
        PreferenceRow(
            topic,
            TOPIC_HELP[topic],
            {key: answers.get((topic.value, key.value), (topic, key) in WANTED_AT_FIRST) for key in ChannelKey},
        )
        for topic in Topic
    ]
