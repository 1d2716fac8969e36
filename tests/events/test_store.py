"""The event store: canonical, sealed by a leaf hash, append-only; the outbox: every subscriber once, failures parked."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import InternalError, ProgrammingError, connection, connections, transaction

from apps.accounts.events import TokenCreated
from apps.domain.values import canonical_json
from apps.events import services
from apps.events.enums import DeliveryStatus
from apps.events.models import Delivery, Event
from apps.events.queries import due_event_ids, history
from apps.tenancy.models import Tenant


@pytest.fixture
def subscriber():
    """A subscription that collects what it gets, and fails on demand."""
    got: list = []

    def receive(event):
        if receive.fails:
            raise RuntimeError("the subscriber is down")
        got.append(event)

    receive.fails = False
    services.subscribe("collector", "accounts.token_created", receiver=receive)
    yield got, receive
    services._subscriptions.pop("collector")


@pytest.fixture
def owner_event(now):
    """An event that the owner of the tables sees: a statement that meets no row is refused by nobody."""
    tenant = Tenant.objects.using("owner").create(slug="owned", name="Owned", created_at=now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant.id)])
    Event.objects.using("owner").create(tenant=tenant, type="x.y", subject_id=uuid4(), at=now, body="{}")


def append(desk, at, label="export"):
    return services.append(tenant_id=desk.id, subject_id=uuid4(), data=TokenCreated(label=label), actor_id=None, at=at)


def test_event_body_is_canonical_json_and_leaf_is_its_hash(desk, now):
    event = append(desk, now, "Zürich – £")

    event.refresh_from_db()

    assert event.body == canonical_json(json.loads(event.body))
    assert bytes(event.leaf) == hashlib.sha256(b"\x00" + event.body.encode()).digest()
    assert event.xid is not None


@pytest.mark.parametrize("statement", ["UPDATE events_event SET type = 'x.y'", "DELETE FROM events_event"])
def test_event_change_by_the_application_is_refused(desk, now, statement):
    append(desk, now)

    with (
        pytest.raises(ProgrammingError, match="permission denied|append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("statement", ["TRUNCATE events_event CASCADE", "SET LOCAL session_replication_role = replica"])
def test_owner_can_neither_empty_the_store_nor_switch_its_triggers_off(statement):
    with refused_to_the_owner() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("statement", ["UPDATE events_event SET type = 'x.y'", "DELETE FROM events_event"])
def test_event_change_by_the_owner_is_refused(owner_event, statement):
    with refused_to_the_owner() as cursor:
        cursor.execute(statement)


@contextmanager
def refused_to_the_owner():
    with (
        pytest.raises((ProgrammingError, InternalError), match="append-only|permission denied"),
        transaction.atomic("owner"),
        connections["owner"].cursor() as cursor,
    ):
        yield cursor


def test_append_without_commit_leaves_nothing(desk, now):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append(desk, now)
        _ = 1 / 0

    assert Event.objects.filter(type="accounts.token_created").count() == 0
    assert Delivery.objects.filter(event__type="accounts.token_created").count() == 0


def test_delivery_reaches_each_subscriber_once(desk, now, subscriber):
    got, _ = subscriber
    event = append(desk, now)

    services.deliver(event_id=event.id, at=now)
    services.deliver(event_id=event.id, at=now)

    assert [happened.data.label for happened in got] == ["export"]
    assert set(event.deliveries.values_list("status", flat=True)) == {DeliveryStatus.DONE}


def test_failing_subscriber_backs_off_and_is_parked_while_the_others_go_on(desk, now, subscriber):
    got, receive = subscriber
    receive.fails = True
    event = append(desk, now)

    waits = []
    for _ in range(services.MAX_ATTEMPTS):
        services.deliver(event_id=event.id, at=now)
        waits.append(event.deliveries.get(subscriber="collector").next_attempt_at - now)
    mine = event.deliveries.get(subscriber="collector")

    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=2)
    assert mine.status == DeliveryStatus.PARKED
    assert mine.last_error == "RuntimeError: the subscriber is down"
    assert event.deliveries.get(subscriber="activity").status == DeliveryStatus.DONE
    assert got == []


def test_parked_delivery_tried_again_is_delivered(desk, now, subscriber):
    got, receive = subscriber
    receive.fails = True
    event = append(desk, now)
    for _ in range(services.MAX_ATTEMPTS):
        services.deliver(event_id=event.id, at=now)
    receive.fails = False

    services.retry_parked(delivery_id=event.deliveries.get(subscriber="collector").id, at=now)
    services.deliver(event_id=event.id, at=now)

    assert len(got) == 1


def test_work_of_a_failing_receiver_is_rolled_back(desk, now):
    def half_done(event):
        append(desk, now, "half-done")
        raise RuntimeError

    services.subscribe("half", "accounts.token_revoked", receiver=half_done)
    from apps.accounts.events import TokenRevoked

    try:
        event = services.append(
            tenant_id=desk.id, subject_id=uuid4(), data=TokenRevoked(label="x"), actor_id=None, at=now
        )
        services.deliver(event_id=event.id, at=now)
    finally:
        services._subscriptions.pop("half")

    assert Event.objects.filter(type="accounts.token_created").count() == 0


def test_due_events_are_those_whose_grace_has_passed(desk, now, subscriber):
    event = append(desk, now)

    before, after = due_event_ids(at=now), due_event_ids(at=now + timedelta(minutes=1))

    assert event.id not in before
    assert event.id in after


def test_send_with_the_broker_away_reports_false_and_keeps_the_delivery(desk, now, subscriber, settings):
    from celery import Celery

    away = Celery("away", broker="redis+socket:///nowhere/valkey.sock", set_as_current=False)
    event = append(desk, now)

    sent = services.send("events.deliver", app=away, tenant_id=str(desk.id), event_id=str(event.id))

    assert sent is False
    assert event.deliveries.filter(status=DeliveryStatus.PENDING).count() >= 1


def test_history_reads_events_back_as_typed_data(desk, now):
    event = append(desk, now, "nightly")

    [happened] = history(subject_id=event.subject_id)

    assert happened.data == TokenCreated(label="nightly")
    assert happened.tenant_id == desk.id


def test_events_of_one_transaction_are_announced_in_one_message(desk, now, subscriber, monkeypatch):
    sent = []
    monkeypatch.setattr(services, "send", lambda task, **values: sent.append((task, values)))
    connection.run_on_commit.clear()

    with transaction.atomic():
        events = [append(desk, now, str(n)) for n in range(3)]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append(desk, now, "rolled back")
        _ = 1 / 0
    for _, announce, _ in connection.run_on_commit:
        announce()
    connection.run_on_commit.clear()

    [(task, values)] = sent
    assert (task, values["event_ids"][:3]) == ("events.deliver", [str(event.id) for event in events])
    services.deliver_all(event_ids=values["event_ids"], at=now)  # the one that was rolled back is passed over
    assert len(subscriber[0]) == 3


def test_several_events_reach_a_subscriber_of_many_together_and_once(desk, now):
    got: list = []
    services.subscribe("many", "accounts.token_created", receiver=got.append, of_many=got.extend)
    try:
        events = [append(desk, now, str(n)) for n in range(3)]
        ids = [event.id for event in events]
        services.deliver_all(event_ids=ids, at=now)
        services.deliver_all(event_ids=ids, at=now)
    finally:
        services._subscriptions.pop("many")

    assert sorted(happened.data.label for happened in got) == ["0", "1", "2"]


def test_event_that_a_subscriber_of_many_cannot_take_is_tried_again_alone(desk, now):
    got: list = []

    def one(event):
        if event.data.label == "1":
            raise RuntimeError
        got.append(event.data.label)

    def many(events):
        for event in events:
            one(event)

    services.subscribe("many", "accounts.token_created", receiver=one, of_many=many)
    try:
        events = [append(desk, now, str(n)) for n in range(3)]
        services.deliver_all(event_ids=[event.id for event in events], at=now)
        states = {e.body.count('"label":"1"'): e.deliveries.get(subscriber="many").status for e in events}
    finally:
        services._subscriptions.pop("many")

    assert states == {0: DeliveryStatus.DONE, 1: DeliveryStatus.PENDING}
    assert sorted(got[-2:]) == ["0", "2"]
