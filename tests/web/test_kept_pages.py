"""Kept pages: made once for a reader, never shown to another, and never older than what they show."""

from __future__ import annotations

import re

import pytest
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from apps.accounts.enums import Role
from apps.accounts.models import Membership, Person
from apps.backtests import queries
from apps.backtests.views import sheet
from apps.notifications.models import Notice
from apps.strategies.models import Strategy
from apps.web.services import kept_pages
from apps.web.services.kept_pages import forget_pages, kept_page
from tests.backtests.test_backtests import approved, start
from tests.conftest import FreshClient

pytestmark = pytest.mark.usefixtures("market_data")


@pytest.fixture(autouse=True)
def _no_pages():
    forget_pages()
    yield
    forget_pages()


@pytest.fixture
def run(alice, run_jobs):
    asked = start(approved(alice), alice)
    run_jobs()
    return queries.backtest(backtest_id=asked.id)


@pytest.fixture
def rendered(monkeypatch):
    """How often the page was rendered."""
    times, real = [], sheet.tear_sheet_page

    def counted(request, one):
        times.append(request.actor.person_name)
        return real(request, one)

    monkeypatch.setattr(sheet, "tear_sheet_page", counted)
    return times


def address(run):
    return reverse("backtests:detail", args=[run.id])


def test_finished_page_is_rendered_once_for_a_reader(run, alice, client_of, rendered):
    client = client_of(alice)

    pages = [client.get(address(run)) for _ in range(3)]

    assert rendered == ["Alice"]
    words = {re.sub(rb'csrf[^>]*>|hx-headers[^>]*>|nonce="[^"]*"|since=[^"]*', b"", page.content) for page in pages}
    assert len(words) == 1
    assert all(page["Cache-Control"] == "private, no-cache" for page in pages)


def test_page_of_one_reader_is_never_shown_to_another(run, alice, viewer, bob, client_of, rendered):
    pages = {actor.person_name: client_of(actor).get(address(run)).content.decode() for actor in (alice, viewer, bob)}

    assert rendered == ["Alice", viewer.person_name, "Bob"]
    assert "alice@" in pages["Alice"]
    assert "Run again</button>" in pages["Alice"]
    assert "alice@" not in pages[viewer.person_name] + pages["Bob"]
    assert "Run again</button>" not in pages[viewer.person_name]


def test_tag_of_one_reader_gives_another_the_page_and_a_stranger_the_sign_in(run, alice, bob, charlie, client_of):
    tag = {"If-None-Match": client_of(alice).get(address(run))["ETag"]}

    assert client_of(bob).get(address(run), headers=tag).status_code == 200
    assert client_of(charlie).get(address(run), headers=tag).status_code == 404
    assert FreshClient().get(address(run), headers=tag).status_code == 302


def test_page_that_the_browser_holds_is_not_sent_again(run, alice, client_of):
    client = client_of(alice)
    first = client.get(address(run))

    again = client.get(address(run), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert "Content-Security-Policy" not in again  # the page's scripts carry the nonce of the first one


def test_reader_whose_role_changed_gets_another_page(run, alice, client_of):
    client = client_of(alice)
    tag = client.get(address(run))["ETag"]

    Membership.objects.filter(person_id=alice.person_id).update(role=Role.VIEWER)
    after = client.get(address(run), headers={"If-None-Match": tag})

    assert after.status_code == 200
    assert "Run again</button>" not in after.content.decode()


def test_reader_who_left_the_desk_gets_nothing(run, alice, client_of):
    client = client_of(alice)
    tag = client.get(address(run))["ETag"]

    Membership.objects.filter(person_id=alice.person_id).delete()

    assert client.get(address(run), headers={"If-None-Match": tag}).status_code == 403


def test_what_the_page_shows_and_may_change_makes_it_new(run, alice, client_of):
    client = client_of(alice)
    client.get(address(run))

    Strategy.objects.filter(id=run.strategy_id).update(title="Renamed since")
    assert "Renamed since" in client.get(address(run)).content.decode()

    before = Notice.objects.filter(person_id=alice.person_id, read_at=None).count()
    client.get(address(run))
    Notice.objects.filter(person_id=alice.person_id).update(read_at=timezone.now())
    assert before > 0
    assert 'data-testid="unread"' not in client.get(address(run)).content.decode()


def test_form_of_a_kept_page_is_accepted_and_its_nonce_is_that_of_the_policy(run, alice):
    client = FreshClient(enforce_csrf_checks=True)
    client.force_login(Person.objects.get(id=alice.person_id), backend="django.contrib.auth.backends.ModelBackend")
    client.get(address(run))

    page = client.get(address(run))

    text = page.content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text).group(1)
    nonces = set(re.findall(r'nonce="([^"]+)"', text))
    assert len(nonces) == 1
    assert f"'nonce-{nonces.pop()}'" in page["Content-Security-Policy"]
    again = reverse("backtests:create", args=[run.strategy_id])
    assert client.post(again, {"csrfmiddlewaretoken": token}).status_code == 302
    assert client.post(again, {"csrfmiddlewaretoken": "x" * 64}).status_code == 403


def test_message_is_shown_once_and_not_kept(run, alice, client_of):
    client = client_of(alice)
    client.get(address(run))
    client.post(reverse("backtests:create", args=[run.strategy_id]))  # "the same run was made before"

    shown = [client.get(address(run)).content.decode().count("was made before") for _ in range(3)]

    assert shown == [1, 0, 0]


def test_memory_of_kept_pages_is_bounded(alice, monkeypatch):
    monkeypatch.setattr(kept_pages, "_pages", kept_pages._Pages(5_000))

    def request():
        made = RequestFactory().get("/x/")
        made.actor, made.session = alice, SessionStore()
        made._messages = FallbackStorage(made)
        return made

    for revision in range(20):
        kept_page(request(), revision=(revision,), make=lambda: HttpResponse(b"y" * 1000))
    assert len(messages.get_messages(request())) == 0
    assert kept_pages._pages._bytes <= 5_000
    assert len(kept_pages._pages._pages) == 5
