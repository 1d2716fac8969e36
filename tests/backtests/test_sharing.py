"""A link to a run: the view for people on the desk, nothing at all for everybody else."""

from __future__ import annotations

from uuid import uuid4

import pytest

from apps.backtests import queries
from tests.backtests.test_backtests import approved, start

pytestmark = pytest.mark.usefixtures("market_data")
STATE = "?range=3&scale=log&symbol=SPY"


@pytest.fixture
def done(alice, run_jobs):
    run = start(approved(alice), alice)
    run_jobs()
    return queries.backtest(backtest_id=run.id)


def words(response):
    """The page without what differs from one request to the next."""
    body = response.content.decode()
    return (
        body[body.index("<h1>") : body.index("</h1>")]
        + body[body.index("</h1>") :].split('<p class="quiet incident')[0]
    )


def test_colleague_sees_the_view_that_the_link_holds(done, bob, client_of):
    page = client_of(bob).get(f"/backtests/{done.id}/{STATE}")

    assert page.status_code == 200
    assert 'data-scale value="log" checked' in page.content.decode()


def test_person_of_another_desk_gets_the_page_of_an_address_that_never_was(done, charlie, client_of):
    client = client_of(charlie)

    theirs = client.get(f"/backtests/{done.id}/{STATE}")
    nothing = client.get(f"/backtests/{uuid4()}/{STATE}")

    assert (theirs.status_code, nothing.status_code) == (404, 404)
    assert words(theirs) == words(nothing)
    assert "it belongs to another desk" in words(theirs)
    for told in (done.strategy.title, done.fingerprint[:12], str(done.id), "Alice"):
        assert told not in theirs.content.decode()


def test_who_is_not_signed_in_comes_to_the_same_view_afterwards(done, stranger):
    answer = stranger.get(f"/backtests/{done.id}/{STATE}")

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=")
    assert "range%3D3%26scale%3Dlog" in answer.url
