"""Approval asked for, given by another, refused with a reason: on the page, in the API, and told to whom it concerns."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.accounts.enums import NotAllowedError, Role
from apps.domain.language import NotRunnable
from apps.notifications.queries import notices_of
from apps.strategies import queries, services
from apps.tenancy.models import Tenant
from tests.backtests.sweeping import AMBIGUOUS, draft

pytestmark = pytest.mark.usefixtures("market_data")
JSON = "application/json"


@pytest.fixture
def strategy(alice):
    return draft(alice)


@pytest.fixture
def four_eyes(desk):
    Tenant.objects.filter(id=desk.id).update(four_eyes=True)


def ask(strategy, actor, **more):
    return services.ask_for_approval(strategy_id=strategy.id, actor=actor, at=timezone.now(), **more)


def told(actor):
    return [(n.topic, n.sentence) for n in notices_of(person_id=actor.person_id)]


def test_whole_way_through_the_api_with_four_eyes(strategy, alice, bob, client_of, run_jobs, four_eyes):
    mine, theirs, address = client_of(alice), client_of(bob), f"/api/v1/strategies/{strategy.id}"

    before = mine.get(f"{address}/approval").json()
    asked = mine.post(f"{address}/approval", {"note": "Ready when you are."}, content_type=JSON)
    run_jobs()
    refused = mine.post(f"{address}/approve")
    waiting = theirs.get(f"{address}/approval").json()
    given = theirs.post(f"{address}/approve")
    run_jobs()
    after = mine.get(f"{address}/approval").json()

    assert (before["four_eyes"], before["may_approve"], before["you_may"], before["asked"]) == (
        True,
        ["Bob"],
        False,
        None,
    )
    assert asked.status_code == 201
    assert asked.json()["asked"]["by"] == "Alice"
    assert (refused.status_code, refused.json()["code"]) == (409, "four_eyes")
    assert (waiting["you_may"], waiting["asked"]["note"], waiting["asked"]["revision"]) == (
        True,
        "Ready when you are.",
        1,
    )
    assert given.status_code == 201
    assert (after["status"], after["version"], after["asked"]) == ("approved", 1, None)
    assert told(bob) == [("approval_asked", f"Asked for the approval of “{strategy.title}”: Ready when you are.")]
    assert told(alice) == [("strategy_approved", f"Approved version 1 of “{strategy.title}”")]


def test_rejection_is_told_with_its_reason_to_who_asked(strategy, alice, bob, client_of, run_jobs):
    ask(strategy, alice)

    answer = client_of(bob).post(
        f"/api/v1/strategies/{strategy.id}/reject", {"reason": "The sample is too short."}, content_type=JSON
    )
    run_jobs()

    assert answer.status_code == 200
    assert told(alice) == [("strategy_rejected", f"Rejected “{strategy.title}”: The sample is too short.")]
    assert [topic for topic, _ in told(bob)] == ["approval_asked"]
    state = client_of(alice).get(f"/api/v1/strategies/{strategy.id}/approval").json()
    assert (state["status"], state["rejection"], state["asked"]) == ("rejected", "The sample is too short.", None)


def test_asked_twice_about_one_revision_is_said_once(strategy, alice, bob, run_jobs):
    ask(strategy, alice)
    ask(strategy, alice)
    services.answer(strategy_id=strategy.id, name="cost", value="7", actor=alice, at=timezone.now())
    strategy.refresh_from_db()
    ask(strategy, alice, revision=strategy.revision)
    run_jobs()

    assert [topic for topic, _ in told(bob)] == ["approval_asked", "approval_asked"]
    assert queries.approval_asked(strategy).revision == 2


def test_open_questions_stand_before_the_asking(alice, bob):
    with pytest.raises(NotRunnable):
        ask(draft(alice, AMBIGUOUS), alice)


def test_nobody_else_who_may_is_said_so(strategy, alice):
    with pytest.raises(services.FourEyesError, match="Nobody else"):
        ask(strategy, alice)


def test_own_approval_tells_oneself_nothing(strategy, alice, bob, run_jobs):
    services.approve(strategy_id=strategy.id, actor=alice, at=timezone.now())
    run_jobs()

    assert told(alice) == told(bob) == []


def test_page_asks_and_says_who_asked(strategy, alice, bob, client_of):
    client = client_of(alice)

    before = client.get(f"/strategies/{strategy.id}/review/").content.decode()
    asked = client.post(f"/strategies/{strategy.id}/ask/", {"note": "Please look."})
    after = client_of(bob).get(f"/strategies/{strategy.id}/review/").content.decode()

    assert 'data-testid="ask-for-approval"' in before
    assert asked.status_code == 302
    assert "Approval asked for by Alice" in after
    assert "Please look." in after


def test_page_says_why_it_cannot_be_asked(alice, client_of):
    strategy = draft(alice)

    answer = client_of(alice).post(f"/strategies/{strategy.id}/ask/")

    assert answer.status_code == 409
    assert "Nobody else on your desk may approve this draft" in answer.content.decode()


def test_viewer_looks_and_asks_nothing_and_other_desks_find_nothing(strategy, viewer, charlie, client_of, bob):
    address = f"/api/v1/strategies/{strategy.id}/approval"

    assert client_of(viewer).get(address).status_code == 200
    assert client_of(viewer).post(address, {}, content_type=JSON).status_code == 403
    assert client_of(viewer).post(f"/strategies/{strategy.id}/ask/").status_code == 403
    assert client_of(charlie).get(address).status_code == 404
    assert client_of(charlie).post(address, {}, content_type=JSON).status_code == 404
    with pytest.raises(NotAllowedError):
        ask(strategy, viewer)


def test_person_without_the_right_to_approve_is_not_told(strategy, alice, bob, desk, run_jobs):
    reader = desk.person("Vince", Role.VIEWER)

    ask(strategy, alice)
    run_jobs()

    assert told(reader) == []
