"""Templates render: the shell, the kit, the error pages; and nothing in them breaks the content policy."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.http import Http404
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from apps.web import views
from apps.web.context_processors import shell

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
ACTOR = SimpleNamespace(
    person_name="Alice Moreau", email="alice@example.com", tenant_name="Rates", role_label="Analyst"
)


@pytest.fixture
def request_of_page():
    request = RequestFactory().get("/kit/?sort=name")
    request.resolver_match = None
    request.csp_nonce = "abc"
    request.correlation_id = "11111111-2222"
    request.actor = ACTOR
    return request


# Reports open from disk and a letter in a mail program, outside the policy: they carry their style with them.
_ELSEWHERE = ("email", "report")
PAGES = sorted(p for p in TEMPLATES.rglob("*.html") if p.name != "report.html" and p.parent.name not in _ELSEWHERE)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_has_nothing_inline(path):
    text = path.read_text()

    inline = re.findall(
        r"\sstyle=|\son[a-z]+=|hx-on|<script(?![^>]*(?:\ssrc=|application/json))|<style(?![^>]*nonce)", text
    )

    assert inline == []


def test_icons_every_name_in_use_is_in_the_sprite():
    sprite = set(re.findall(r'id="i-([a-z0-9-]+)"', (TEMPLATES / "components/sprite.html").read_text()))
    text = " ".join(path.read_text() for path in TEMPLATES.rglob("*.html"))

    assert set(re.findall(r'{% icon "([a-z0-9-]+)"', text)) - sprite == set()


def test_kit_page_every_component_renders(request_of_page, settings):
    settings.DEBUG = True

    html = views.kit(request_of_page).content.decode()

    assert html.count("<h1>") == 1
    assert "Partly reproduced" in html
    assert "?sort=name" in html
    assert 'nonce="abc"' in html


def test_kit_page_outside_debugging_is_not_found(request_of_page, settings):
    settings.DEBUG = False

    with pytest.raises(Http404):
        views.kit(request_of_page)


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (lambda r: views.bad_request(r, ValueError()), 400),
        (lambda r: views.permission_denied(r, ValueError()), 403),
        (lambda r: views.not_found(r, ValueError()), 404),
        (views.csrf_failure, 403),
        (views.server_error, 500),
    ],
)
def test_error_page_shows_the_correlation_id(request_of_page, view, status):
    answer = view(request_of_page)

    assert answer.status_code == status
    assert "11111111-2222" in answer.content.decode()


def test_server_error_page_needs_no_context():
    assert "Something went wrong" in get_template("500.html").render({})


def test_shell_signed_out_has_no_places():
    request = RequestFactory().get("/")
    request.resolver_match = None

    assert shell(request)["nav"] == []


def test_figure_source_is_fetched_later():
    html = render_to_string("components/figure.html", {"id": "equity", "src": "/x.json", "label": "Up"})

    assert 'data-src="/x.json"' in html
    assert "<script" not in html
