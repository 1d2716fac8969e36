"""Pages whose content seldom changes, kept rendered in the process, one copy for each reader.

What a response owes to its own request (the CSRF token, the nonce, the bell's time) is put in anew each time. A copy is found
only by the desk, the person, the role and names of the reader, the address, and the revision that the view gives; a browser
that holds the page of that revision gets 304.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.crypto import salted_hmac
from django.utils.http import parse_etags

_MOST = 24 * 1024 * 1024
"""Bytes of pages that a process keeps."""
_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([A-Za-z0-9]{32,64})"')
_HEADER = re.compile(rb"""hx-headers='\{"X-CSRFToken": "([A-Za-z0-9]{32,64})"\}'""")
_SINCE = re.compile(rb"/bell/\?since=([^\"&]+)")
_MARK = re.compile(rb"\x00(csrf|nonce|since)\x00")


class _Pages:
    """The pages used last, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._pages: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        with self._lock:
            if name in self._pages:
                self._pages.move_to_end(name)
            return self._pages.get(name)

    def put(self, name: str, page: bytes) -> None:
        with self._lock:
            self._bytes += len(page) - len(self._pages.pop(name, b""))
            self._pages[name] = page
            while self._bytes > self._most and self._pages:
                self._bytes -= len(self._pages.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._bytes = 0


_pages = _Pages(_MOST)


def forget_pages() -> None:
    """Forget every kept page of this process."""
    _pages.clear()


def kept_page(request: HttpRequest, *, revision: tuple[Any, ...], make: Callable[[], HttpResponse]) -> HttpResponse:
    """The page that `make` renders for this reader, from the process where it was made before at the same revision.

    `revision` names everything that the page shows and that is not the reader: call it only once the reader was found to be
    allowed to see the page. Messages that wait are shown, and then nothing is kept.
    """
    if len(get_messages(request)):
        return make()
    name = _name(request, revision)
    tag = f'W/"{name}"'
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        return _headers(HttpResponseNotModified(), tag)
    kept = _pages.get(name)
    if kept is None:
        response = make()
        if response.status_code != 200:
            return response
        kept = _without_request(request, response.content)
        if kept is None:
            return response
        _pages.put(name, kept)
        return _headers(response, tag)
    return _headers(HttpResponse(_for_request(request, kept)), tag)


def _name(request: HttpRequest, revision: tuple[Any, ...]) -> str:
    """Of desk, reader, session secret, address and revision. The token of a page that a browser keeps must be its own."""
    actor = request.actor  # type: ignore[attr-defined]
    get_token(request)  # sets the cookie, whose secret follows
    reader = (
        actor.tenant_id, actor.person_id, actor.role, actor.person_name, actor.email, actor.tenant_name,
        request.META.get("CSRF_COOKIE", ""), getattr(getattr(request, "session", None), "session_key", ""),
    )  # fmt: skip
    made_of = repr((reader, request.get_full_path(), request.headers.get("HX-Request", ""), revision))
    return hashlib.sha256(salted_hmac("kept-page", made_of, algorithm="sha256").digest()).hexdigest()[:40]


def _without_request(request: HttpRequest, content: bytes) -> bytes | None:
    """The page with marks where it speaks of this request; None where that cannot be told apart."""
    if b"\x00" in content:
        return None
    tokens = {*_TOKEN.findall(content), *_HEADER.findall(content)}
    for token in tokens:
        content = content.replace(token, b"\x00csrf\x00")
    nonce = getattr(request, "csp_nonce", "").encode()
    if nonce:
        content = content.replace(nonce, b"\x00nonce\x00")
    for since in set(_SINCE.findall(content)):
        content = content.replace(since, b"\x00since\x00")
    return content


def _for_request(request: HttpRequest, kept: bytes) -> bytes:
    own = {
        b"csrf": get_token(request).encode(),
        b"nonce": getattr(request, "csp_nonce", "").encode(),
        b"since": quote(timezone.now().isoformat()).encode(),
    }
    return _MARK.sub(lambda mark: own[mark.group(1)], kept)


def _headers(response: HttpResponse, tag: str) -> HttpResponse:
    """Only the reader's own browser may keep it, and must ask each time."""
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ("Cookie",))
    return response
