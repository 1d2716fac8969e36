"""What a person wants to be told."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from apps.accounts.enums import Actor
from apps.notifications.enums import ChannelKey, Topic
from apps.notifications.models import Preference


@transaction.atomic
def set_preferences(*, answers: Mapping[tuple[Topic, ChannelKey], bool], actor: Actor) -> None:
    """Keep a person's own answers; topics and channels that are not named stay as they are."""
    Preference.objects.bulk_create(
        [
            Preference(
                tenant_id=actor.tenant_id, person_id=actor.person_id, topic=topic, channel=channel, is_wanted=wanted
            )
            for (topic, channel), wanted in answers.items()
        ],
        update_conflicts=True,
        unique_fields=["tenant", "person", "topic", "channel"],
        update_fields=["is_wanted"],
    )
