"""What every response owes the browser: a strict content policy, a correlation id, a redirect htmx can follow.

All three are synchronous only: under ASGI the whole chain then runs in one thread hop.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url

GetResponse = Callable[[HttpRequest], HttpResponseBase]

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_UNUSED_FEATURES = (
    "accelerometer",
    "camera",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "payment",
    "usb",
)
_PERMISSIONS = ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES)


class CorrelationMiddleware:
    """One id per request, in the logs, in the response and on error pages, so that a report leads to its log lines."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        correlation_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        request.correlation_id = correlation_id  # type: ignore[attr-defined]
        with _log_of_its_own(correlation_id=correlation_id):
            response = self.get_response(request)
        response["X-Request-ID"] = correlation_id
        return response


@contextmanager
def _log_of_its_own(**bound: str) -> Iterator[None]:
    """What is bound to the log inside ends with the block: a thread that serves the next request would carry it on."""
    before = structlog.contextvars.get_contextvars()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**bound)
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(**before)


class ContentSecurityPolicyMiddleware:
    """Nothing runs that the server did not send: no inline script or style without this response's nonce, no eval."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        # A page that the browser holds has the nonce of its own policy.
        if response.status_code != HTTPStatus.NOT_MODIFIED:
            response.headers.setdefault("Content-Security-Policy", content_security_policy(nonce=nonce))
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        return response


class HtmxLoginMiddleware:
    """Followed by htmx, a redirect would put the sign-in form into a fragment: the whole page goes there instead."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or not _is_sign_in(response):
            return response
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _page_of(request)})}"
        answer.cookies = response.cookies
        return answer


def content_security_policy(*, nonce: str) -> str:
    """The policy with this response's nonce. CSP_FORM_ACTION names identity providers that forms may post to."""
    form_action = " ".join(["'self'", *getattr(settings, "CSP_FORM_ACTION", ())])
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            f"form-action {form_action}",
            "frame-ancestors 'none'",
        ),
    )


def _is_sign_in(response: HttpResponseBase) -> bool:
    if response.status_code not in (301, 302, 303):
        return False
    return urlsplit(response.get("Location", "")).path == resolve_url(settings.LOGIN_URL)


def _page_of(request: HttpRequest) -> str:
    """The page in the address bar, as a path: the fragment's own address would be a dead end after sign-in."""
    current = urlsplit(request.headers.get("HX-Current-URL", ""))
    if not current.path or current.netloc != request.get_host():
        return "/"
    return f"{current.path}?{current.query}" if current.query else current.path
