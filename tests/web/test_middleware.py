"""What every response carries, and how an expired session meets htmx."""

import re

import pytest
import structlog
from django.http import HttpResponse
from django.shortcuts import resolve_url
from django.test import RequestFactory

from apps.web.middleware import ContentSecurityPolicyMiddleware, CorrelationMiddleware, HtmxLoginMiddleware


@pytest.fixture
def requests():
    return RequestFactory()


def test_content_policy_every_response_has_its_own_nonce(requests):
    seen = []

    def view(request):
        seen.append(request.csp_nonce)
        return HttpResponse()

    answers = [ContentSecurityPolicyMiddleware(view)(requests.get("/")) for _ in range(2)]

    assert seen[0] != seen[1]
    assert answers[0]["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'self' 'nonce-{seen[0]}'; style-src 'self' 'nonce-{seen[0]}'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    assert "unsafe" not in answers[1]["Content-Security-Policy"]
    assert "camera=()" in answers[0]["Permissions-Policy"]


def test_content_policy_identity_provider_may_receive_forms(requests, settings):
    settings.CSP_FORM_ACTION = ("https://idp.example.com",)

    answer = ContentSecurityPolicyMiddleware(lambda _: HttpResponse())(requests.get("/"))

    assert "form-action 'self' https://idp.example.com;" in answer["Content-Security-Policy"]


def test_correlation_wellformed_id_is_kept_and_bound(requests):
    bound = {}

    def view(request):
        bound.update(structlog.contextvars.get_contextvars())
        return HttpResponse(request.correlation_id)

    answer = CorrelationMiddleware(view)(requests.get("/", headers={"X-Request-ID": "abc-12345"}))

    assert (answer["X-Request-ID"], answer.content, bound) == (
        "abc-12345",
        b"abc-12345",
        {"correlation_id": "abc-12345"},
    )
    assert structlog.contextvars.get_contextvars() == {}


def test_correlation_what_a_request_binds_ends_with_it(requests):
    seen = []

    def view(request):
        seen.append(structlog.contextvars.get_contextvars())
        structlog.contextvars.bind_contextvars(person_id="somebody")
        return HttpResponse()

    with structlog.contextvars.bound_contextvars(task="of the caller"):
        for _ in range(2):
            CorrelationMiddleware(view)(requests.get("/", headers={"X-Request-ID": "abc-12345"}))
        after = structlog.contextvars.get_contextvars()

    assert seen == [{"correlation_id": "abc-12345"}] * 2
    assert after == {"task": "of the caller"}


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "has space 123", "new\nline-12345"])
def test_correlation_malformed_id_is_replaced(requests, given):
    request = requests.get("/")
    request.META["HTTP_X_REQUEST_ID"] = given

    answer = CorrelationMiddleware(lambda _: HttpResponse())(request)

    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer["X-Request-ID"])


def test_correlation_id_with_a_trailing_newline_is_replaced(requests):
    request = requests.get("/")
    request.META["HTTP_X_REQUEST_ID"] = "abcdefgh\n"

    answer = CorrelationMiddleware(lambda _: HttpResponse())(request)

    assert answer["X-Request-ID"] != "abcdefgh\n"


def _to_sign_in(_request):
    return HttpResponse(status=302, headers={"Location": f"{resolve_url('account_login')}?next=/documents/rows/"})


def test_login_redirect_of_htmx_sends_the_whole_page(requests):
    request = requests.get(
        "/documents/rows/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/documents/?page=2"}
    )

    answer = HtmxLoginMiddleware(_to_sign_in)(request)

    assert (answer.status_code, answer["HX-Redirect"]) == (
        204,
        f"{resolve_url('account_login')}?next=%2Fdocuments%2F%3Fpage%3D2",
    )


def test_login_redirect_from_a_foreign_page_returns_home(requests):
    request = requests.get("/x/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.example/x"})

    assert HtmxLoginMiddleware(_to_sign_in)(request)["HX-Redirect"].endswith("?next=%2F")


def test_login_redirect_of_a_page_is_left_alone(requests):
    assert HtmxLoginMiddleware(_to_sign_in)(requests.get("/documents/")).status_code == 302


def test_other_redirect_of_htmx_is_left_alone(requests):
    request = requests.get("/x/", headers={"HX-Request": "true"})

    answer = HtmxLoginMiddleware(lambda _: HttpResponse(status=302, headers={"Location": "/documents/"}))(request)

    assert answer.status_code == 302
