"""Stored files over HTTP: streamed, in part where a part is asked for (RFC 9110, section 14), and not again to who has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, StreamingHttpResponse
from django.utils.http import content_disposition_header, parse_etags

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def streamed(
    request: HttpRequest, *, chunks: Callable[[int, int], Iterator[bytes]], size: int, tag: str, content_type: str,
    file_name: str, as_attachment: bool,
) -> HttpResponseBase:  # fmt: skip
    """A file of `size` bytes whose content `tag` names. `chunks(start, stop)` gives the bytes from start to before stop.

    One range is answered with 206, one beyond the end with 416; several ranges, and what is no range, with the whole file.
    """
    etag = f'"{tag}"'
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content_disposition_header(as_attachment, file_name) or "attachment",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
    }
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers=headers)
    start, stop = 0, size
    wanted = _wanted(request, size, etag)
    if wanted is not None:
        start, stop = wanted
        if start >= stop:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    body = chunks(start, stop) if request.method != "HEAD" else iter(())
    return StreamingHttpResponse(
        body, status=200 if wanted is None else 206, content_type=content_type, headers=headers
    )


def _wanted(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """The bytes that are asked for, from the first to before the last; an empty stretch when there are none such."""
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", "").strip())
    if found is None or request.headers.get("If-Range", etag) != etag or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return max(size - int(last), 0), size if int(last) else 0
    if last and int(last) < int(first):
        return None  # no range at all, says the RFC
    return int(first), min(int(last) + 1, size) if last else size
