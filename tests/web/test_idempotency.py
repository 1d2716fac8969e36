"""Idempotency keys: the same request twice does its work once; another request with the same key is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.documents.models import Document
from apps.strategies.models import Strategy
from apps.web.models import KeptAnswer
from apps.web.services.idempotency import BadKeyError, claim_key, forget_answers, keep
from tests.documents import files
from tests.domain.examples import TEN_MONTH_TIMING

pytestmark = pytest.mark.usefixtures("market_data")
DRAFT = {"specification": TEN_MONTH_TIMING.model_dump(mode="json") | {"claims": []}}


def send(client, key, body=DRAFT, path="/api/v1/strategies"):
    return client.post(path, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)


def test_same_request_again_gives_the_same_answer_and_does_nothing(alice, client_of):
    client = client_of(alice)

    first, second = send(client, "a"), send(client, "a")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first.has_header("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (False, "true")
    assert Strategy.objects.count() == 1


def test_same_key_for_another_request_is_refused(alice, client_of):
    client = client_of(alice)
    send(client, "a")

    other = {"specification": DRAFT["specification"] | {"meta": {"name": "Another"}}}
    response = send(client, "a", other)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert Strategy.objects.count() == 1


def test_another_key_is_another_piece_of_work(alice, client_of):
    client = client_of(alice)

    send(client, "a")
    send(client, "b")

    assert Strategy.objects.count() == 2


def test_keys_of_colleagues_do_not_meet(alice, bob, client_of):
    send(client_of(alice), "a")

    response = send(client_of(bob), "a", {"specification": DRAFT["specification"] | {"meta": {"name": "Another"}}})

    assert response.status_code == 201


def test_refused_request_leaves_its_key_free(alice, client_of):
    client = client_of(alice)

    refused = send(client, "a", {"specification": {}})
    put_right = send(client, "a")

    assert (refused.status_code, put_right.status_code) == (422, 201)


def test_upload_is_compared_by_its_bytes(alice, client_of):
    client = client_of(alice)

    one, two = files.pdf("One page of words."), files.pdf("Quite other words.")

    def upload(content):
        file = SimpleUploadedFile("note.pdf", content)
        return client.post("/api/v1/documents", {"file": file}, HTTP_IDEMPOTENCY_KEY="u")

    first, again, other = upload(one), upload(one), upload(two)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.json()["id"] == first.json()["id"]
    assert Document.objects.count() == 1


@pytest.mark.parametrize("key", ["", "two words", "x" * 201, "schlüssel"])
def test_key_that_cannot_be_one_is_refused(alice, key):
    with pytest.raises(BadKeyError):
        claim_key(key=key, fingerprint="f", actor=alice, at=timezone.now())


def test_key_lasts_a_day(alice, now):
    kept = claim_key(key="a", fingerprint="f", actor=alice, at=now)
    keep(kept, status=201, body="{}")

    within = claim_key(key="a", fingerprint="f", actor=alice, at=now + timedelta(hours=23)).status
    after = claim_key(key="a", fingerprint="other", actor=alice, at=now + timedelta(hours=25)).status
    forget_answers(at=now + timedelta(hours=50))

    assert (within, after) == (201, None)
    assert KeptAnswer.objects.count() == 0


def test_stranger_with_a_key_is_a_stranger(stranger, db):
    assert send(stranger, "a").status_code == 401


def test_schema_names_the_header_where_it_is_heard(stranger, db):
    paths = stranger.get("/api/v1/openapi.json").json()["paths"]
    heard = {
        path
        for path, doors in paths.items()
        for parameter in doors.get("post", {}).get("parameters", [])
        if parameter["name"] == "Idempotency-Key"
    }

    assert {"/api/v1/documents", "/api/v1/strategies", "/api/v1/backtests"} <= heard
    assert not heard & {"/api/v1/tokens", "/api/v1/web-hooks"}
    named = [p["name"] for p in paths["/api/v1/backtests/{backtest_id}/cancel"]["post"]["parameters"]]
    assert sorted(named) == ["Idempotency-Key", "backtest_id"]
