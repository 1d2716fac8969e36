"""The page and the API of usage: who sees it, what it says, who sets the budget."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.llm import services as llm
from apps.llm.adapters.breaker import note_failure
from apps.llm.adapters.port import Account
from tests.llm.server import Said
from tests.llm.test_claude import REQUEST


@pytest.fixture
def spent(model_service, desk, alice):
    model_service.answers = [Said({"name": "pear"}, usage={"input_tokens": 1_000_000, "output_tokens": 1000})]
    llm.ask(REQUEST, account=Account(desk.id, uuid4(), uuid4(), alice.person_id))


def test_page_shows_spend_remaining_budget_and_breaker(spent, alice, client_of, settings):
    settings.LLM_BREAKER_FAILURES = 1
    note_failure(REQUEST.model, at=timezone.now())

    page = client_of(alice).get("/usage/").content.decode()

    assert "$3.02" in page  # 3 dollars sent, 1.5 cents written
    assert "$96.98" in page
    assert "Paused after failures" in page
    assert "The service is left alone for a while" in page


def test_api_says_the_same(spent, alice, client_of):
    said = client_of(alice).get("/api/v1/usage").json()

    assert (said["spent_usd"], said["reserved_usd"], said["left_usd"]) == ("3.015000", "0", "96.985000")
    assert [(line["label"], line["n_calls"], line["sent_tokens"]) for line in said["by_purpose"]] == [
        ("test", 1, 1_000_000)
    ]
    assert [(b["model"], b["state"]) for b in said["breakers"]] == [(REQUEST.model, "closed")]


def test_page_before_anything_was_spent_says_so(alice, client_of):
    page = client_of(alice).get("/usage/").content.decode()

    assert "Nothing was spent this month" in page
    assert "No key is set" in page


def test_viewer_sees_no_cost(viewer, client_of):
    client = client_of(viewer)

    assert (client.get("/usage/").status_code, client.get("/api/v1/usage").status_code) == (403, 403)
    assert "Usage and budget" not in client.get("/settings/").content.decode()


def test_administrator_sets_the_budget_on_the_page(administrator, client_of):
    client = client_of(administrator)

    done = client.post("/usage/budget/", {"monthly_usd": "12.50", "document_usd": ""})
    refused = client.post("/usage/budget/", {"monthly_usd": "-1"})

    assert (done.status_code, refused.status_code) == (302, 422)
    assert client.get("/api/v1/usage").json()["monthly_usd"] == "12.50"
    assert "Usage and budget" in client.get("/settings/").content.decode()


def test_budget_by_api_is_for_administrators_and_on_the_record(administrator, alice, client_of, run_jobs):
    body = {"monthly_usd": "20", "document_usd": "1"}

    assert client_of(alice).put("/api/v1/usage/budget", body, content_type="application/json").status_code == 403
    done = client_of(administrator).put("/api/v1/usage/budget", body, content_type="application/json")
    run_jobs()

    assert Decimal(done.json()["document_usd"]) == 1
    assert "set the budget for language models to $20.00 a month" in client_of(alice).get("/activity/").content.decode()


def test_other_desk_sees_nothing_of_it(spent, charlie, client_of):
    assert client_of(charlie).get("/api/v1/usage").json()["spent_usd"] == "0"
