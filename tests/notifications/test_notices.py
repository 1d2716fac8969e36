"""Who is told what, where it shows, and letters: each once, to nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.backtests.events import BacktestFailed, VerdictChanged
from apps.documents.events import DocumentFailed, DocumentRead
from apps.events.events import kinds
from apps.notifications import queries, services
from apps.notifications.enums import TONES, TOPIC_HELP, ChannelKey, Sending, Topic
from apps.notifications.models import Dispatch, Notice
from apps.notifications.services import dispatches
from tests.notifications.conftest import finished


def told(actor):
    return [n.sentence for n in queries.notices_of(person_id=actor.person_id)]


def by_email(actor, topic=Topic.BACKTEST_FINISHED, wanted=True):
    services.set_preferences(answers={(topic, ChannelKey.EMAIL): wanted}, actor=actor)


def test_finished_run_is_told_to_who_asked_for_it_alone(happen, alice, bob):
    happen(finished(alice))

    assert told(alice) == ["Finished the backtest of “Time-series momentum”: reproduced"]
    assert told(bob) == []


def test_event_delivered_twice_is_told_once(happen, alice):
    event = happen(finished(alice))

    from apps.events.queries import Happened

    services.tell(Happened.of(event))

    assert len(told(alice)) == 1


def test_event_stored_before_askers_were_written_tells_nobody(happen, alice):
    happen(finished())

    assert Notice.objects.count() == 0


def test_person_of_another_desk_is_never_told(happen, alice, charlie):
    happen(finished(charlie))

    assert Notice.objects.count() == 0


def test_own_cancelling_is_no_news(happen, alice):
    happen(BacktestFailed(title="x", code="cancelled", asked_by=alice.person_id))

    assert told(alice) == []


def test_failures_are_told(happen, alice, now):
    happen(BacktestFailed(title="x", code="data_missing", asked_by=alice.person_id))
    happen(DocumentFailed(title="Scan", code="no_text", asked_by=alice.person_id), at=now + timedelta(minutes=1))

    assert told(alice) == ["Could not read “Scan”", "Could not test “x”: data missing"]


def test_changed_verdict_is_told_to_both_askers(happen, alice, bob):
    happen(
        VerdictChanged(
            title="x", before="Reproduced", after="Not reproduced", earlier_id=alice.person_id, asked_by=alice.person_id,
            earlier_asked_by=bob.person_id,
        )
    )  # fmt: skip

    assert told(alice) == told(bob) == ["Judged “x” differently from the run before: not reproduced, was reproduced"]


def test_topic_off_at_first_is_told_once_it_is_wanted(happen, alice):
    read = DocumentRead(title="Note", n_pages=3, asked_by=alice.person_id)
    happen(read)
    services.set_preferences(answers={(Topic.DOCUMENT_READ, ChannelKey.PAGE): True}, actor=alice)
    happen(read)

    assert told(alice) == ["Read the 3 pages of “Note”"]


def test_topic_switched_off_is_not_told(happen, alice):
    services.set_preferences(answers={(Topic.BACKTEST_FINISHED, ChannelKey.PAGE): False}, actor=alice)

    happen(finished(alice))

    assert Notice.objects.count() == 0


def test_every_topic_of_an_event_is_known_and_described():
    named = {kind.topic for kind in kinds().values() if kind.topic}

    assert named <= set(Topic.values)
    assert set(Topic) == set(TONES) == set(TOPIC_HELP)


def test_shared_fields_of_every_event_exist():
    assert [k for k, kind in kinds().items() if set(kind.shared) - set(kind.model_fields)] == []


def test_letter_is_sent_once_however_often_the_task_runs(happen, alice, desk):
    by_email(alice)
    event = happen(finished(alice))
    row = Dispatch.objects.get()

    for _ in range(3):
        services.dispatch(tenant_id=desk.id, dispatch_id=row.id, at=event.at)

    [letter] = mail.outbox
    assert letter.to == [alice.email]
    assert letter.subject == "Finished the backtest of “Time-series momentum”: reproduced"
    assert f"http://localhost:8000/notifications/{row.notice_id}/" in letter.body
    assert "text/html" in [kind for _, kind in letter.alternatives]
    row.refresh_from_db()
    assert row.status == Sending.SENT


def test_letter_that_fails_waits_longer_each_time_and_is_given_up(happen, alice, desk, settings):
    settings.EMAIL_BACKEND = "tests.notifications.down.Backend"
    by_email(alice)
    event = happen(finished(alice))
    row, waits = Dispatch.objects.get(), []

    for _ in range(dispatches.MAX_ATTEMPTS):
        services.dispatch(tenant_id=desk.id, dispatch_id=row.id, at=event.at)
        row.refresh_from_db()
        waits.append(row.next_attempt_at - event.at)

    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=30)
    assert (row.status, row.last_error) == (Sending.FAILED, "ConnectionRefusedError: the mail server is down")


def test_letter_whose_worker_died_is_not_sent_again(happen, alice, desk, now):
    by_email(alice)
    happen(finished(alice))
    Dispatch.objects.update(status=Sending.SENDING, claimed_at=now)

    services.send_due(tenant_id=desk.id, at=now + timedelta(minutes=6))
    services.dispatch(tenant_id=desk.id, dispatch_id=Dispatch.objects.get().id, at=now + timedelta(minutes=6))

    assert Dispatch.objects.get().status == Sending.FAILED
    assert mail.outbox == []


def test_person_who_left_the_desk_gets_no_letter(happen, alice, desk, now):
    from apps.accounts.models import Membership

    by_email(alice)
    happen(finished(alice))
    Membership.objects.filter(person_id=alice.person_id).delete()

    services.dispatch(tenant_id=desk.id, dispatch_id=Dispatch.objects.get().id, at=now)

    assert Dispatch.objects.get().status == Sending.FAILED
    assert mail.outbox == []


def test_by_email_alone_leaves_the_bell_empty(happen, alice):
    by_email(alice)
    services.set_preferences(answers={(Topic.BACKTEST_FINISHED, ChannelKey.PAGE): False}, actor=alice)

    happen(finished(alice))

    assert queries.unread_count(person_id=alice.person_id) == 0
    assert Dispatch.objects.count() == 1


def test_bell_counts_and_toasts_what_is_new(happen, alice, client_of):
    client = client_of(alice)
    before = (timezone.now() - timedelta(seconds=1)).isoformat()
    happen(finished(alice), at=timezone.now())

    page, bell = client.get("/settings/"), client.get("/notifications/bell/", {"since": before})
    later = client.get("/notifications/bell/", {"since": timezone.now().isoformat()})

    assert 'data-testid="unread">1<' in page.content.decode()
    assert "Backtest finished" in bell["HX-Trigger"]
    assert "HX-Trigger" not in later


@pytest.mark.parametrize("since", ["", "yesterday", "2026-01-01", "2026-13-01T00:00:00+00:00"])
def test_bell_with_a_moment_that_cannot_be_read_shows_no_toast(happen, alice, client_of, since):
    happen(finished(alice))

    response = client_of(alice).get("/notifications/bell/", {"since": since})

    assert (response.status_code, response.has_header("HX-Trigger")) == (200, False)


def test_page_marks_one_and_all_as_read(happen, alice, client_of, now):
    client = client_of(alice)
    for minute in range(3):
        happen(finished(alice, title=f"Run {minute}"), at=now + timedelta(minutes=minute))
    first = queries.latest_notices(person_id=alice.person_id)[0]

    opened = client.get(f"/notifications/{first.id}/")
    unread = client.get("/notifications/?show=unread").content.decode()
    client.post("/notifications/read/")

    assert opened["Location"] == first.path
    assert ("Run 1" in unread, "Run 2" in unread) == (True, False)
    assert queries.unread_count(person_id=alice.person_id) == 0
    assert "Nothing unread" in client.get("/notifications/?show=unread").content.decode()


def test_page_goes_on_by_cursor(happen, alice, client_of, now):
    for minute in range(31):
        happen(finished(alice, title=f"Run {minute:02}"), at=now + timedelta(minutes=minute))
    client = client_of(alice)

    first = client.get("/notifications/")
    second = client.get("/notifications/", {"cursor": first.context["cursor"]})

    assert "Run 00" not in first.content.decode()
    assert [n.sentence for n in second.context["notices"]] == ["Finished the backtest of “Run 00”: reproduced"]


def test_notice_of_a_colleague_is_not_found(happen, alice, bob, client_of):
    happen(finished(alice))
    notice = queries.latest_notices(person_id=alice.person_id)[0]
    client = client_of(bob)

    assert client.get(f"/notifications/{notice.id}/").status_code == 404
    assert client.post(f"/notifications/{notice.id}/read/").status_code == 404
    assert client.post(f"/api/v1/notifications/{notice.id}/read").status_code == 404
    assert Notice.objects.get().read_at is None


def test_page_asks_the_same_number_of_questions_for_one_and_three(happen, alice, client_of, now):
    from django.db import connection

    client, numbers = client_of(alice), []
    client.get("/notifications/")
    for n in (1, 2):
        for minute in range(n):
            happen(finished(alice), at=now + timedelta(minutes=n * 10 + minute))
        with CaptureQueriesContext(connection) as captured:
            client.get("/notifications/")
        numbers.append(len(captured))

    assert numbers[0] == numbers[1]


def test_preferences_are_taken_as_ticked(alice, client_of):
    client = client_of(alice)

    client.post("/settings/notifications/", {"want": ["backtest_finished:email", "verdict_changed:page", "nonsense"]})

    rows = {row.topic: row.channels for row in queries.preferences_of(person_id=alice.person_id)}
    assert rows[Topic.BACKTEST_FINISHED] == {ChannelKey.PAGE: False, ChannelKey.EMAIL: True}
    assert rows[Topic.VERDICT_CHANGED] == {ChannelKey.PAGE: True, ChannelKey.EMAIL: False}
    boxes = re.findall(
        r'name="want" value="([a-z_:]+)" checked', client.get("/settings/notifications/").content.decode()
    )
    assert boxes == ["backtest_finished:email", "verdict_changed:page"]


def test_api_gives_and_takes_preferences(alice, bob, client_of):
    client = client_of(alice)
    sent = {"items": [{"topic": "backtest_finished", "channel": "email", "is_wanted": True}]}

    answer = client.put("/api/v1/notification-preferences", sent, content_type="application/json").json()

    assert sent["items"][0] in answer["items"]
    assert sent["items"][0] not in client_of(bob).get("/api/v1/notification-preferences").json()["items"]


def test_api_lists_and_marks_as_read(happen, alice, client_of):
    happen(finished(alice))
    client = client_of(alice)

    [item] = client.get("/api/v1/notifications?unread=true").json()["items"]
    client.post(f"/api/v1/notifications/{item['id']}/read")

    assert (item["topic"], item["read_at"]) == ("backtest_finished", None)
    assert client.get("/api/v1/notifications?unread=true").json()["items"] == []
    assert client.post("/api/v1/notifications/read").json() == {"n_read": 0}


def test_old_notices_are_forgotten(happen, alice, now):
    happen(finished(alice))

    services.forget_old(at=now + timedelta(days=181))

    assert Notice.objects.count() == 0
