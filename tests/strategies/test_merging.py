"""Drafts that look alike, and two made one."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.domain.language import Citation, UnknownParameter, merged, rules_hash
from apps.events.queries import history
from apps.strategies import queries, services
from tests.domain.examples import CROSS_MOMENTUM, TEN_MONTH_TIMING
from tests.strategies.change import changed

pytestmark = pytest.mark.usefixtures("market_data")
QUOTE = Citation(page=2, quote="a ten-month moving average")


def create(spec, actor):
    return services.create(specification=spec.model_dump(mode="json"), actor=actor, at=timezone.now())


def reads(window, **rest):
    """The timing draft with another window."""
    draft = changed(TEN_MONTH_TIMING, "/parameters/window/value", window)
    for path, value in rest.items():
        draft = changed(draft, f"/parameters/window/{path}", value)
    return draft


def merge(strategy, other, actor, **rest):
    return services.merge(strategy_id=strategy.id, other_id=other.id, actor=actor, at=timezone.now(), **rest)


def test_rules_hash_knows_spelling_from_meaning_and_gives_up_on_what_cannot_be_read():
    spaced = changed(TEN_MONTH_TIMING, "/selection/enter", f"( {TEN_MONTH_TIMING.selection.enter} )")
    renamed = changed(TEN_MONTH_TIMING, "/meta/name", "Another name")
    holed = changed(TEN_MONTH_TIMING, "/parameters/cost/value", None)

    assert rules_hash(spaced) == rules_hash(renamed) == rules_hash(TEN_MONTH_TIMING)
    assert rules_hash(holed) != rules_hash(TEN_MONTH_TIMING)
    assert rules_hash(reads(12)) != rules_hash(TEN_MONTH_TIMING)
    assert rules_hash(changed(TEN_MONTH_TIMING, "/selection/enter", "close >")) == ""


def test_other_reading_becomes_an_alternative_with_its_reason():
    after = merged(TEN_MONTH_TIMING, reads(12, citation=QUOTE), same_document=False, source="“Twelve”").parameters[
        "window"
    ]

    assert after.value == 10
    [reading] = [a for a in after.alternatives if a.value == 12]
    assert reading.citation is None
    assert reading.reason == "Stated in “Twelve”: 12 months. “a ten-month moving average” (p. 2 there)"


def test_chosen_reading_is_taken_with_its_status_and_citation_of_the_same_document():
    other = reads(12, status="inferred", citation=QUOTE, note="Counted.")

    after = merged(TEN_MONTH_TIMING, other, take={"window"}, same_document=True, source="“Twelve”").parameters["window"]

    assert (after.value, after.status, after.citation) == (12, "inferred", QUOTE)
    assert after.note == "From “Twelve”. Counted."
    assert [a.value for a in after.alternatives] == [10]


def test_same_value_gains_the_citation_that_only_the_other_has():
    bare = changed(TEN_MONTH_TIMING, "/parameters/window/citation", None)

    after = merged(bare, reads(10, citation=QUOTE), same_document=True, source="x").parameters["window"]

    assert (after.citation, after.alternatives) == (QUOTE, [])


def test_claims_come_along_once_and_under_a_key_of_their_own():
    claim = {"key": "cagr", "label": "Return", "metric": "annual_return", "value": 0.1, "unit": "fraction"}
    mine = changed(TEN_MONTH_TIMING, "/claims", [claim])
    theirs = changed(TEN_MONTH_TIMING, "/claims", [claim, claim | {"value": 0.2}])

    after = merged(mine, theirs, same_document=True, source="x")

    assert [(c.key, c.value) for c in after.claims] == [("cagr", 0.1), ("cagr_2", 0.2)]


@pytest.fixture
def two(alice):
    return create(TEN_MONTH_TIMING, alice), create(changed(TEN_MONTH_TIMING, "/meta/name", "The same again"), alice)


def test_drafts_with_the_same_rules_are_pointed_out_and_others_are_not(two, alice, charlie, other_desk, client_of):
    first, second = two
    unlike = create(CROSS_MOMENTUM, alice)

    listed = client_of(alice).get(f"/api/v1/strategies/{first.id}/duplicates").json()["items"]

    assert [(item["id"], item["reason"]) for item in listed] == [(str(second.id), "the rules and values are the same")]
    assert queries.duplicates_of(unlike) == []
    assert "Looks like" in client_of(alice).get(f"/strategies/{first.id}/review/").content.decode()
    assert client_of(charlie).get(f"/api/v1/strategies/{first.id}/duplicates").status_code == 404


def test_changed_draft_no_longer_looks_alike(two, alice):
    first, second = two

    services.answer(strategy_id=second.id, name="window", value="12 months", actor=alice, at=timezone.now())

    first.refresh_from_db()
    assert queries.duplicates_of(first) == []


def test_merged_draft_is_set_aside_with_a_link_and_both_remember(two, alice, client_of):
    first, second = two
    services.answer(strategy_id=second.id, name="window", value="12 months", actor=alice, at=timezone.now())

    after = merge(first, second, alice, take=["window"])

    second.refresh_from_db()
    assert queries.draft_of(after).parameters["window"].value == 12
    assert (after.revision, second.status, second.merged_into_id) == (2, "merged", first.id)
    assert history(subject_id=first.id)[-1].data.sentence() == (
        "merged “The same again” into “Ten-month moving-average timing”, and took its moving-average window"
    )
    assert history(subject_id=second.id)[-1].type == "strategies.merged_away"
    assert queries.duplicates_of(after) == []
    page = client_of(alice).get(f"/strategies/{second.id}/review/").content.decode()
    assert f'into <a href="/strategies/{first.id}/review/">' in page
    with pytest.raises(services.NotADraftError):
        services.approve(strategy_id=second.id, actor=alice, at=timezone.now())

    services.reopen(strategy_id=second.id, actor=alice, at=timezone.now())
    second.refresh_from_db()
    assert (second.status, second.merged_into_id) == ("draft", None)


def test_merge_that_makes_no_sense_is_refused_and_changes_nothing(two, alice, bob, viewer):
    first, second = two

    with pytest.raises(services.NotAlikeError):
        merge(first, first, alice)
    with pytest.raises(UnknownParameter):
        merge(first, second, alice, take=["windows"])
    with pytest.raises(services.DraftChangedError):
        merge(first, second, alice, revision=9)
    with pytest.raises(NotAllowedError):
        merge(first, second, viewer)
    services.reject(strategy_id=second.id, reason="no", actor=bob, at=timezone.now())
    with pytest.raises(services.NotADraftError):
        merge(first, second, alice)

    first.refresh_from_db()
    assert first.revision == 1


def test_page_shows_both_readings_and_merges(two, alice, viewer, charlie, client_of):
    first, second = two
    services.answer(strategy_id=second.id, name="window", value="12 months", actor=alice, at=timezone.now())
    path, client = f"/strategies/{first.id}/merge/", client_of(alice)

    page = client.get(f"{path}?other={second.id}").content.decode()
    body = {"other": str(second.id), "revision": 1, "take-window": "other"}

    assert "10 months" in page
    assert "12 months" in page
    assert client.get(path).status_code == 404
    assert client_of(viewer).post(path, body).status_code == 403
    assert client_of(charlie).post(path, body).status_code == 404
    assert client.post(path, body | {"revision": 7}).status_code == 409
    done = client.post(path, body)
    assert (done.status_code, done["Location"]) == (302, f"/strategies/{first.id}/review/")
    first.refresh_from_db()
    assert queries.draft_of(first).parameters["window"].value == 12


def test_page_warns_when_the_rules_are_not_the_same(two, alice, client_of):
    first, second = two
    client = client_of(alice)
    same = client.get(f"/strategies/{first.id}/merge/?other={second.id}").content.decode()
    services.edit_formula(
        strategy_id=second.id, pointer="/selection/enter", text="close > open", actor=alice, at=timezone.now()
    )

    other = client.get(f"/strategies/{first.id}/merge/?other={second.id}").content.decode()

    assert "The rules are not the same" not in same
    assert "The rules are not the same" in other
    assert "the close is above the open" in other


def test_api_merges(two, alice, viewer, client_of):
    first, second = two
    path, body = f"/api/v1/strategies/{first.id}/merge", {"other_id": str(second.id), "take": []}

    assert client_of(viewer).post(path, body, content_type="application/json").status_code == 403
    merged_now = client_of(alice).post(path, body, content_type="application/json")

    assert (merged_now.status_code, merged_now.json()["revision"]) == (200, 2)
    aside = client_of(alice).get(f"/api/v1/strategies/{second.id}").json()
    assert (aside["status"], aside["merged_into_id"]) == ("merged", str(first.id))
