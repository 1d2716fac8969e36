"""What people say about strategies and their fields."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.accounts.enums import NotAllowedError
from apps.domain.language import UnknownPlace
from apps.events.models import Event
from apps.events.queries import history
from apps.strategies import queries, services
from apps.strategies.models import Comment
from tests.domain.examples import TEN_MONTH_TIMING

pytestmark = pytest.mark.usefixtures("market_data")
COST = "/parameters/cost"


@pytest.fixture
def draft(alice):
    return services.create(specification=TEN_MONTH_TIMING.model_dump(mode="json"), actor=alice, at=timezone.now())


def say(strategy, actor, text="Is this one way?", place=COST):
    return services.comment(strategy_id=strategy.id, place=place, text=text, actor=actor, at=timezone.now())


def test_comment_stands_in_its_field_with_author_and_changes_no_draft(draft, alice, compliance, client_of):
    say(draft, compliance)
    say(draft, alice, "Yes.")
    say(draft, alice, "Good note.", place="")
    say(draft, alice, "Or the average?", place="/selection/enter")

    by_place = {talk.key: [(said.author, said.text) for said in talk.said] for talk in queries.talks(draft)}
    page = client_of(alice).get(f"/strategies/{draft.id}/review/").content.decode()
    detail = client_of(alice).get(f"/strategies/{draft.id}/").content.decode()

    assert by_place["parameters-cost"] == [("Connor", "Is this one way?"), ("Alice", "Yes.")]
    assert by_place["all"] == [("Alice", "Good note.")]
    assert by_place["selection-enter"] == [("Alice", "Or the average?")]
    for text in ("Is this one way?", "Yes.", "Good note.", "Or the average?"):
        assert text in page
        assert text in detail
    fragment = client_of(alice).get(f"/strategies/{draft.id}/", headers={"HX-Request": "true"}).content.decode()
    assert fragment.strip().startswith('<div id="talk-lists"')
    assert "<style" not in fragment
    draft.refresh_from_db()
    assert draft.revision == 1


def test_comment_is_an_event_without_its_words(draft, alice):
    say(draft, alice, "a secret thought")

    event = history(subject_id=draft.id)[-1]
    assert event.data.sentence() == "commented on trading cost of “Ten-month moving-average timing”"
    assert not Event.objects.filter(body__contains="a secret thought").exists()


def test_own_comment_is_deleted_and_anothers_is_not(draft, alice, bob, client_of):
    said = say(draft, alice)

    with pytest.raises(services.CommentNotYoursError):
        services.delete_comment(strategy_id=draft.id, comment_id=said.id, actor=bob, at=timezone.now())
    assert client_of(bob).delete(f"/api/v1/strategies/{draft.id}/comments/{said.id}").status_code == 403
    assert client_of(alice).delete(f"/api/v1/strategies/{draft.id}/comments/{said.id}").status_code == 204
    assert client_of(alice).delete(f"/api/v1/strategies/{draft.id}/comments/{said.id}").status_code == 404

    assert Comment.objects.count() == 0
    assert history(subject_id=draft.id)[-1].type == "strategies.comment_deleted"


def test_viewer_reads_but_does_not_comment_and_another_desk_finds_nothing(draft, alice, viewer, charlie, client_of):
    said = say(draft, alice)

    with pytest.raises(NotAllowedError):
        say(draft, viewer)
    assert client_of(viewer).post(f"/strategies/{draft.id}/comment/", {"text": "x"}).status_code == 403
    assert client_of(viewer).get(f"/api/v1/strategies/{draft.id}/comments").json()["items"][0]["author"] == "Alice"
    page = client_of(viewer).get(f"/strategies/{draft.id}/review/").content.decode()
    assert "Is this one way?" in page
    assert "talk-form" not in page
    theirs = client_of(charlie)
    assert theirs.get(f"/strategies/{draft.id}/comments/").status_code == 404
    assert theirs.delete(f"/api/v1/strategies/{draft.id}/comments/{said.id}").status_code == 404
    assert theirs.post(f"/strategies/{draft.id}/comment/", {"text": "x"}).status_code == 404
    assert theirs.post(f"/strategies/{draft.id}/comments/{said.id}/delete/").status_code == 404
    assert theirs.get(f"/api/v1/strategies/{draft.id}/comments").status_code == 404


@pytest.mark.parametrize(
    ("place", "text", "error"), [("/parameters/costs", "x", UnknownPlace), (COST, "  ", services.EmptyCommentError)]
)
def test_comment_on_nothing_or_of_nothing_is_refused(draft, alice, place, text, error):
    with pytest.raises(error):
        say(draft, alice, text, place)

    assert Comment.objects.count() == 0


def test_plain_form_returns_to_the_field_and_htmx_gets_every_thread(draft, alice, client_of):
    client = client_of(alice)

    plain = client.post(f"/strategies/{draft.id}/comment/", {"place": COST, "text": "One."})
    swapped = client.post(
        f"/strategies/{draft.id}/comment/", {"place": COST, "text": "<b>Two</b>"}, headers={"HX-Request": "true"}
    ).content.decode()
    empty = client.post(f"/strategies/{draft.id}/comment/", {"place": COST, "text": ""}, follow=True)

    assert (plain.status_code, plain["Location"]) == (302, f"/strategies/{draft.id}/review/#f-cost")
    assert 'id="thread-parameters-cost" hx-swap-oob="true"' in swapped
    assert "&lt;b&gt;Two&lt;/b&gt;" in swapped
    assert 'id="meanwhile"' in swapped
    assert 'id="settled-rules" hx-swap-oob="true"' in swapped
    assert swapped.count("commented on trading cost") == 2
    assert "Type a comment first" in empty.content.decode()


def test_api_comments_and_lists(draft, alice, client_of):
    client = client_of(alice)

    added = client.post(
        f"/api/v1/strategies/{draft.id}/comments", {"place": COST, "text": "Why?"}, content_type="application/json"
    )
    listed = client.get(f"/api/v1/strategies/{draft.id}/comments").json()["items"]

    assert added.status_code == 201
    assert listed == [added.json()]
    assert (listed[0]["label"], listed[0]["author"], listed[0]["text"]) == ("Trading cost", "Alice", "Why?")
