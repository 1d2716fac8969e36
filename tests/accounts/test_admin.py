"""The admin shows the record of one's own desk to those who may read it, and lets nobody change it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts import services
from apps.accounts.enums import Role
from apps.events.models import Event

LISTS = ["events_event", "events_delivery", "accounts_person", "accounts_membership", "accounts_apitoken", "documents_document", "strategies_strategy",
         "strategies_strategyversion", "backtests_backtest", "backtests_verdict", "marketdata_dataset"]  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_compliance_officer_reads_every_list_and_adds_nothing(compliance, client_of, name):
    client = client_of(compliance)

    assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403


def test_record_shows_the_desks_events_and_opens_one(compliance, alice, client_of):
    services.create_token(label="nightly", actor=alice, at=timezone.now())
    event = Event.objects.get(type="accounts.token_created")
    client = client_of(compliance)

    page = client.get(reverse("admin:events_event_changelist")).content.decode()
    change = reverse("admin:events_event_change", args=[event.id])

    assert "accounts.token_created" in page
    assert client.get(change).status_code == 200
    assert client.post(change, {"type": "x.y"}).status_code == 403
    assert client.post(reverse("admin:events_event_delete", args=[event.id]), {"post": "yes"}).status_code == 403


def test_other_desks_record_is_not_there(other_desk, desk, alice, client_of):
    services.create_token(label="nightly", actor=alice, at=timezone.now())
    stranger = client_of(other_desk.person("Cora", Role.COMPLIANCE_OFFICER, is_staff=True))

    assert (
        "accounts.token_created"
        not in stranger.get(reverse("admin:events_event_changelist")).content.decode().split("changelist-filter")[0]
    )
    assert stranger.get(reverse("admin:accounts_person_changelist")).content.decode().count("meridian.example") == 0


def test_admin_is_closed_to_others(alice, viewer, client_of):
    for actor in (alice, viewer):
        assert client_of(actor).get("/admin/").status_code == 302


@pytest.mark.parametrize("name", ["account_emailaddress", "auth_group"])
def test_lists_that_know_no_desk_are_closed(compliance, client_of, name):
    assert client_of(compliance).get(reverse(f"admin:{name}_changelist")).status_code == 403
