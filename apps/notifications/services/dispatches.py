"""Hand notices to channels outside the page. The network is never waited for inside a transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import F

from apps.accounts.queries import addressees
from apps.notifications.adapters.channels import CHANNELS, Message
from apps.notifications.enums import ChannelKey, Sending
from apps.notifications.models import Dispatch
from apps.notifications.services.notices import message_of
from apps.tenancy.services import tenant_scope

logger = structlog.get_logger(__name__)

MAX_ATTEMPTS = 6
_FIRST_WAIT = timedelta(seconds=30)


def dispatch(*, tenant_id: UUID, dispatch_id: UUID, at: datetime) -> None:
    """Claim a dispatch, send it, note the outcome; one that somebody else claimed, or that is sent, is left alone.

    A worker that ends between claim and outcome leaves it claimed: the sweep gives it up rather than write twice.
    """
    with tenant_scope(tenant_id):
        claimed = _claim(dispatch_id, at=at)
    if claimed is None:
        return
    channel, message = claimed
    try:
        CHANNELS[channel].send(message)
    except Exception as error:  # every mail back end raises its own; the attempt has failed, whatever it was
        logger.warning(
            "dispatch_failed", channel=channel.value, dispatch_id=str(dispatch_id), error=type(error).__name__
        )
        with tenant_scope(tenant_id):
            _wait_or_give_up(dispatch_id, f"{type(error).__name__}: {error}", at=at)
    else:
        with tenant_scope(tenant_id):
            Dispatch.objects.filter(id=dispatch_id).update(status=Sending.SENT, last_error="")


def _claim(dispatch_id: UUID, *, at: datetime) -> tuple[ChannelKey, Message] | None:
    waiting = Dispatch.objects.filter(id=dispatch_id, status=Sending.WAITING)
    if not waiting.update(status=Sending.SENDING, claimed_at=at, attempts=F("attempts") + 1):
        return None
    row = Dispatch.objects.select_related("notice").get(id=dispatch_id)
    people = addressees(person_ids=[row.notice.person_id])
    if not people:
        row.status, row.last_error = Sending.FAILED, "The person is no longer on this desk."
        row.save(update_fields=["status", "last_error"])
        return None
    return ChannelKey(row.channel), message_of(row.notice, people[0], id=row.id)


def _wait_or_give_up(dispatch_id: UUID, reason: str, *, at: datetime) -> None:
    row = Dispatch.objects.select_for_update().get(id=dispatch_id)
    row.status = Sending.FAILED if row.attempts >= MAX_ATTEMPTS else Sending.WAITING
    row.next_attempt_at, row.last_error = at + _FIRST_WAIT * 4 ** (row.attempts - 1), reason[:300]
    row.save(update_fields=["status", "next_attempt_at", "last_error"])
