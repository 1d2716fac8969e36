"""Versions compared, and approval by other eyes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.enums import NotAllowedError
from apps.events.queries import history
from apps.strategies import services
from apps.tenancy.queries import tenant
from tests.domain.examples import TEN_MONTH_TIMING

pytestmark = pytest.mark.usefixtures("market_data")


@pytest.fixture
def draft(alice):
    return services.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())


def approve(strategy, actor):
    return services.approve(strategy_id=strategy.id, actor=actor, at=timezone.now())


def answer(strategy, actor, name="window", value="12 months"):
    return services.answer(strategy_id=strategy.id, name=name, value=value, actor=actor, at=timezone.now())


def reopen(strategy, actor):
    return services.reopen(strategy_id=strategy.id, actor=actor, at=timezone.now())


@pytest.fixture
def two_versions(draft, alice):
    approve(draft, alice)
    reopen(draft, alice)
    answer(draft, alice)
    approve(draft, alice)
    reopen(draft, alice)
    answer(draft, alice, "cost", "20 bps")
    return draft


@pytest.mark.parametrize(
    ("query", "states", "labels"),
    [
        ("", ("2", "draft"), ["Trading cost"]),
        ("?from=1&to=2", ("1", "2"), ["Moving-average window"]),
        ("?from=2&to=1", ("2", "1"), ["Moving-average window"]),
        ("?from=1&to=draft", ("1", "draft"), ["Trading cost", "Moving-average window"]),
        ("?from=2&to=2", ("2", "2"), []),
    ],
)
def test_difference_of_two_states_in_values_and_words(two_versions, alice, client_of, query, states, labels):
    told = client_of(alice).get(f"/api/v1/strategies/{two_versions.id}/diff{query}").json()

    assert (told["start"], told["end"]) == states
    assert sorted(change["label"] for change in told["parameters"]) == sorted(labels)
    assert bool(labels) == any(line["sign"] for line in told["prose"])


def test_page_of_changes_marks_them_by_sign_and_says_what_there_is(two_versions, alice, client_of):
    page = client_of(alice).get(f"/strategies/{two_versions.id}/diff/?from=1&to=2").content.decode()

    assert "1 change<" in page
    assert '<del><span class="sr">Removed: </span>' in page
    assert '<ins><span class="sr">Added: </span>' in page
    assert "10 months" in page
    assert "12 months" in page


def test_version_that_is_not_there_is_said_and_another_desk_finds_nothing(two_versions, alice, charlie, client_of):
    for path in (f"/strategies/{two_versions.id}/diff/", f"/api/v1/strategies/{two_versions.id}/diff"):
        assert client_of(alice).get(f"{path}?from=7").status_code == 404
        assert client_of(alice).get(f"{path}?from=one").status_code == 404
        assert client_of(charlie).get(path).status_code == 404


def test_strategy_without_a_version_has_nothing_to_compare(draft, alice, client_of):
    page = client_of(alice).get(f"/strategies/{draft.id}/diff/")

    assert page.status_code == 200
    assert "Approve the draft to make the first" in page.content.decode()


@pytest.fixture
def four_eyes(administrator):
    accounts.set_four_eyes(on=True, actor=administrator, at=timezone.now())


def test_without_four_eyes_who_changed_a_draft_approves_it(draft, alice):
    answer(draft, alice)

    assert approve(draft, alice).number == 1


@pytest.mark.usefixtures("four_eyes")
def test_with_four_eyes_who_changed_a_draft_is_refused_and_told_who_may(draft, alice, bob, administrator, client_of):
    answer(draft, alice)

    with pytest.raises(services.FourEyesError, match="Ada or Bob may approve it"):
        approve(draft, alice)
    refused = client_of(alice).post(f"/api/v1/strategies/{draft.id}/approve")
    page = client_of(alice).get(f"/strategies/{draft.id}/review/").content.decode()

    assert (refused.status_code, refused.json()["code"]) == (409, "four_eyes")
    assert refused.json()["details"]["may_approve"] == ["Ada", "Bob"]
    assert "Ada or Bob may approve it" in page
    assert 'data-testid="approve"' not in page
    assert client_of(alice).post(f"/strategies/{draft.id}/approve/").status_code == 409
    assert 'data-testid="approve"' in client_of(bob).get(f"/strategies/{draft.id}/review/").content.decode()
    assert approve(draft, bob).number == 1


@pytest.mark.usefixtures("four_eyes")
@pytest.mark.parametrize("deed", ["edit", "answer"])
def test_four_eyes_look_at_each_version_anew(draft, alice, bob, deed):
    approve(draft, bob)
    reopen(draft, alice)
    if deed == "edit":
        services.edit_formula(
            strategy_id=draft.id, pointer="/selection/enter", text="close > open", actor=bob, at=timezone.now()
        )
    else:
        answer(draft, bob)

    with pytest.raises(services.FourEyesError):
        approve(draft, bob)

    assert approve(draft, alice).number == 2


@pytest.mark.usefixtures("four_eyes")
def test_confirming_is_looking_and_not_changing(draft, bob):
    services.confirm(strategy_id=draft.id, name="capital", actor=bob, at=timezone.now())

    assert approve(draft, bob).number == 1


def test_only_the_administrator_sets_four_eyes_and_it_is_on_the_record(desk, alice, administrator, charlie, client_of):
    assert client_of(alice).post("/settings/four-eyes/", {"on": "on"}).status_code == 403
    with pytest.raises(NotAllowedError):
        accounts.set_four_eyes(on=True, actor=alice, at=timezone.now())
    assert 'data-testid="set-four-eyes"' not in client_of(alice).get("/settings/").content.decode()

    assert client_of(administrator).post("/settings/four-eyes/", {"on": "on"}).status_code == 302
    client_of(administrator).post("/settings/four-eyes/", {"on": "on"})

    assert (tenant(tenant_id=desk.id).four_eyes, tenant(tenant_id=charlie.tenant_id).four_eyes) == (True, False)
    assert [event.type for event in history(subject_id=desk.id)] == ["accounts.four_eyes_set"]
    assert "Switch four eyes off" in client_of(administrator).get("/settings/").content.decode()
