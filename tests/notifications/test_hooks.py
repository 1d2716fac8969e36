"""Web hooks: who may have them, what they carry, how they are signed, and what happens when the other side fails."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from datetime import timedelta

import pytest

from apps.accounts.enums import NotAllowedError
from apps.notifications import queries, services
from apps.notifications.adapters import outbound
from apps.notifications.adapters.outbound import AddressRefusedError, check_url, resolve
from apps.notifications.enums import Sending
from apps.notifications.models import Hook, HookDelivery
from apps.notifications.services import deliveries
from tests.notifications.conftest import finished

EVENTS = ["backtests.finished"]


@pytest.fixture
def hook(listener, administrator, now):
    return services.create_hook(url=listener.url, event_types=EVENTS, actor=administrator, at=now)


def post_all(desk, at):
    for row in HookDelivery.objects.filter(status=Sending.WAITING):
        services.deliver_hook(tenant_id=desk.id, delivery_id=row.id, at=at)


def test_event_is_posted_signed_with_ids_and_links_and_no_words_of_the_document(
    hook, happen, listener, alice, desk, now
):
    _, secret = hook
    event = happen(finished(alice, title="A secret title"))

    post_all(desk, now)

    [(path, headers, body)] = listener.got
    stamp = headers["FO-Timestamp"]
    expected = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    assert path == "/hook?source=desk"
    assert headers["FO-Signature"] == f"v1={expected}"
    assert (headers["FO-Event"], stamp) == ("backtests.finished", str(int(now.timestamp())))
    row = HookDelivery.objects.get()
    assert json.loads(body) == {
        "id": str(row.id),
        "type": "backtests.finished",
        "at": now.isoformat(),
        "subject_id": str(event.subject_id),
        "data": {"fingerprint": "f" * 64, "order_hash": "o" * 64, "verdict": "Reproduced"},
        "links": {"page": f"http://localhost:8000/backtests/{event.subject_id}/"},
    }
    assert headers["FO-Delivery"] == str(row.id)
    assert (row.status, row.http_status, row.attempts) == (Sending.SENT, 200, 1)


def test_event_that_the_hook_did_not_ask_for_is_not_posted(hook, happen, alice):
    from apps.documents.events import DocumentRead

    happen(DocumentRead(title="x", n_pages=1, asked_by=alice.person_id))

    assert HookDelivery.objects.count() == 0


def test_event_delivered_twice_is_queued_once(hook, happen, alice):
    from apps.events.queries import Happened

    event = happen(finished(alice))
    services.queue_for_hooks(Happened.of(event))

    assert HookDelivery.objects.count() == 1


def test_hook_of_another_desk_hears_nothing(hook, charlie, other_desk, now, listener):
    from apps.events.services import append, deliver
    from apps.tenancy.services import tenant_scope
    from tests.conftest import in_new_context

    def over_there():
        with tenant_scope(other_desk.id):
            event = append(
                tenant_id=other_desk.id, subject_id=charlie.person_id, data=finished(charlie), actor_id=None, at=now
            )
            deliver(event_id=event.id, at=now)
            return HookDelivery.objects.count()

    assert in_new_context(over_there) == 0
    assert HookDelivery.objects.count() == 0


@pytest.mark.parametrize("status", [500, 404, 302])
def test_answer_that_is_no_success_is_tried_again_later(hook, happen, listener, alice, desk, now, status):
    listener.status, listener.location = status, f"http://127.0.0.1:{listener.port}/elsewhere"
    happen(finished(alice))

    post_all(desk, now)

    row = HookDelivery.objects.get()
    assert (row.status, row.http_status) == (Sending.WAITING, status)
    assert row.next_attempt_at == now + deliveries.WAITS[0]
    assert len(listener.got) == 1
    assert f"answered {status}" in row.last_error


def test_answer_that_does_not_come_is_a_failed_attempt(hook, happen, listener, alice, desk, now, monkeypatch):
    monkeypatch.setattr(outbound, "TIMEOUT", 0.2)
    listener.delay = 1.0
    happen(finished(alice))

    post_all(desk, now)

    row = HookDelivery.objects.get()
    assert (row.status, row.http_status, row.last_error) == (Sending.WAITING, None, "No answer in time.")


def test_nobody_listening_is_a_failed_attempt(administrator, happen, alice, desk, now, settings):
    settings.HOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    services.create_hook(url=f"http://127.0.0.1:{port}/", event_types=EVENTS, actor=administrator, at=now)
    happen(finished(alice))

    post_all(desk, now)

    assert "ConnectionRefusedError" in HookDelivery.objects.get().last_error


def test_waits_grow_and_end(hook, happen, listener, alice, desk, now):
    listener.status = 500
    happen(finished(alice))
    waits = []

    for _ in range(len(deliveries.WAITS) + 1):
        post_all(desk, now)
        waits.append(HookDelivery.objects.get().next_attempt_at - now)

    assert waits[:-1] == sorted(waits[:-1])
    assert waits[0] == timedelta(seconds=10)
    assert HookDelivery.objects.get().status == Sending.FAILED


def test_hook_that_fails_for_long_is_switched_off_and_administrators_are_told(
    hook, happen, listener, alice, administrator, desk, now
):
    from apps.events.models import Event
    from apps.events.services import deliver

    listener.status = 500
    while Hook.objects.get().is_active:
        happen(finished(alice))
        post_all(desk, now)
    deliver(event_id=Event.objects.get(type="notifications.hook_disabled").id, at=now)

    assert Hook.objects.get().n_failures == deliveries.MAX_FAILURES
    assert [n.topic for n in queries.notices_of(person_id=administrator.person_id)] == ["hook_disabled"]
    happen(finished(alice))
    n_posted = len(listener.got)
    post_all(desk, now)
    assert len(listener.got) == n_posted


def test_success_forgets_earlier_failures(hook, happen, listener, alice, desk, now):
    listener.status = 500
    happen(finished(alice))
    post_all(desk, now)
    failures = Hook.objects.get().n_failures
    listener.status = 204

    post_all(desk, now)

    assert (failures, Hook.objects.get().n_failures) == (1, 0)


def test_delivery_whose_worker_died_is_posted_again(hook, happen, listener, alice, desk, now):
    happen(finished(alice))
    HookDelivery.objects.update(status=Sending.SENDING, claimed_at=now)

    services.send_due(tenant_id=desk.id, at=now + timedelta(minutes=6))
    post_all(desk, now)

    assert HookDelivery.objects.get().status == Sending.SENT


def test_delivery_is_posted_again_under_its_id(hook, happen, listener, alice, administrator, desk, now):
    happen(finished(alice))
    post_all(desk, now)
    row = HookDelivery.objects.get()

    services.send_again(delivery_id=row.id, actor=administrator, at=now)
    post_all(desk, now)

    assert [headers["FO-Delivery"] for _, headers, _ in listener.got] == [str(row.id)] * 2
    assert listener.got[0][2] == listener.got[1][2]


def test_new_secret_signs_from_now_on(hook, listener, administrator, desk, now):
    held, old = hook
    _, new = services.renew_secret(hook_id=held.id, actor=administrator, at=now)

    services.send_test(hook_id=held.id, actor=administrator, at=now)
    post_all(desk, now)

    [(_, headers, body)] = listener.got
    digest = hmac.new(new.encode(), f"{headers['FO-Timestamp']}.{body}".encode(), hashlib.sha256).hexdigest()
    assert old != new
    assert headers["FO-Signature"] == f"v1={digest}"
    assert json.loads(body)["type"] == "test"


def test_secret_stands_in_no_column(hook):
    held, secret = hook

    assert secret.removeprefix("whsec_") not in str(Hook.objects.filter(id=held.id).values().get())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://10.1.2.3/", "https://192.168.0.1:8443/x", "https://169.254.169.254/latest/meta-data",
        "https://[::1]/", "https://[fe80::1]/", "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/", "https://0.0.0.0/", "https://100.64.0.1/", "https://224.0.0.1/", "https://255.255.255.255/",
        "https://user:word@example.com/", "ftp://example.com/", "file:///etc/passwd", "https://", "nonsense", "https://example.com:99999/",
    ],
)  # fmt: skip
def test_address_that_nothing_may_be_posted_to_is_refused(administrator, now, url):
    with pytest.raises(AddressRefusedError):
        services.create_hook(url=url, event_types=EVENTS, actor=administrator, at=now)


@pytest.mark.parametrize("name", ["localhost", "localhost.", "2130706433", "0x7f.1"])
def test_name_behind_which_a_private_address_lies_is_refused(name):
    with pytest.raises(AddressRefusedError):
        resolve(name, 443)


def test_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: answers)

    with pytest.raises(AddressRefusedError, match="private network"):
        resolve("example.com", 443)


def test_connection_goes_to_the_checked_address_whatever_the_name_says_later(monkeypatch):
    """The name is asked once: an answer that changes afterwards leads nowhere else."""
    asked, connected = [], []
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: asked.append(a) or answer)

    def refuse(address, timeout):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(ConnectionRefusedError):
        outbound.post("http://example.com/x", body=b"{}", headers={})

    assert connected == [("93.184.215.14", 80)]
    assert len(asked) == 1


def test_name_that_turned_private_after_it_was_saved_is_not_posted_to(administrator, happen, alice, desk, now):
    services.create_hook(url="https://localhost/", event_types=EVENTS, actor=administrator, at=now)
    happen(finished(alice))

    post_all(desk, now)

    assert "private network" in HookDelivery.objects.get().last_error


def test_plain_http_is_refused_outside_development(settings):
    settings.HOOK_HTTPS_ONLY = True

    with pytest.raises(AddressRefusedError, match="https"):
        check_url("http://example.com/")
    assert check_url("https://example.com/").hostname == "example.com"


def test_certificate_is_checked_in_the_hosts_name(listener, monkeypatch):
    """Our listener speaks no TLS: an https address of it must fail, never fall back."""
    with pytest.raises(OSError):
        outbound.post(f"https://127.0.0.1:{listener.port}/", body=b"{}", headers={})

    assert listener.got == []


@pytest.mark.parametrize("types", [[], ["accounts.member_added"], ["backtests.invented"]])
def test_hook_without_known_events_is_refused(administrator, now, types):
    with pytest.raises(services.HookInvalidError):
        services.create_hook(url="https://example.com/", event_types=types, actor=administrator, at=now)


def test_only_administrators_manage_hooks(hook, alice, client_of, now):
    held, _ = hook
    client = client_of(alice)

    with pytest.raises(NotAllowedError):
        services.create_hook(url="https://example.com/", event_types=EVENTS, actor=alice, at=now)
    for path in ("", f"{held.id}/"):
        assert client.get(f"/settings/web-hooks/{path}").status_code == 403
    for deed in ("change", "switch", "secret", "delete", "test"):
        data = {"url": "https://example.com/", "event_types": EVENTS}
        assert client.post(f"/settings/web-hooks/{held.id}/{deed}/", data).status_code == 403
    assert client.get("/api/v1/web-hooks").status_code == 403
    assert client.get(f"/api/v1/web-hooks/{held.id}/deliveries").status_code == 403
    assert "open-hooks" not in client.get("/settings/").content.decode()


def test_pages_add_test_switch_and_remove_a_hook(administrator, client_of, listener, desk, now):
    client = client_of(administrator)

    created = client.post("/settings/web-hooks/", {"url": listener.url, "event_types": EVENTS})
    held = Hook.objects.get()
    again = client.get(f"/settings/web-hooks/{held.id}/")
    client.post(f"/settings/web-hooks/{held.id}/test/")
    post_all(desk, now)
    log = client.get(f"/settings/web-hooks/{held.id}/").content.decode()
    client.post(f"/settings/web-hooks/{held.id}/switch/")
    off = client.post(f"/settings/web-hooks/{held.id}/test/")
    client.post(f"/settings/web-hooks/{held.id}/delete/")

    assert "whsec_" in created.content.decode()
    assert "whsec_" not in again.content.decode()
    assert ">test<" in log
    assert off.status_code == 409
    assert Hook.objects.count() == HookDelivery.objects.count() == 0


def test_form_with_a_private_address_says_why(administrator, client_of):
    response = client_of(administrator).post(
        "/settings/web-hooks/", {"url": "https://10.0.0.1/", "event_types": EVENTS}
    )

    assert response.status_code == 422
    assert "private network" in response.content.decode()


def test_api_adds_changes_and_removes_a_hook(administrator, client_of, listener):
    client = client_of(administrator)

    def call(method, path, body=None):
        return getattr(client, method)(f"/api/v1{path}", body, content_type="application/json")

    created = call("post", "/web-hooks", {"url": listener.url, "event_types": EVENTS})
    path = f"/web-hooks/{created.json()['id']}"
    off = call("patch", path, {"is_active": False}).json()
    tested = call("post", f"{path}/test")
    renewed = call("post", f"{path}/secret").json()

    assert (created.status_code, created.json()["secret"][:6]) == (201, "whsec_")
    assert "secret" not in call("get", path).json()
    assert off["is_active"] is False
    assert (tested.status_code, tested.json()["code"]) == (409, "hook_off")
    assert renewed["secret"] != created.json()["secret"]
    assert call("get", "/web-hook-events").json()["items"] == queries.deliverable_types()
    assert call("get", f"{path}/deliveries").json() == {"items": [], "next_cursor": None}
    assert call("delete", path).status_code == 204


def test_old_deliveries_are_forgotten_and_waiting_ones_kept(hook, happen, listener, alice, desk, now):
    happen(finished(alice))
    post_all(desk, now)
    happen(finished(alice))

    services.forget_old(at=now + timedelta(days=31))

    assert [row.status for row in HookDelivery.objects.all()] == [Sending.WAITING]
