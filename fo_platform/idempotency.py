"""`Idempotency-Key`: the doors of the API that start work do it once for a key, however often they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Router
from ninja.operation import Operation

from apps.domain.errors import DomainError
from apps.web.services.idempotency import claim_key, fingerprint_of, keep, release

Run = Callable[..., HttpResponse]
HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": (
        "A key of your own for this piece of work, 1 to 200 printable characters. For 24 hours the same key with the same "
        "request gives the stored answer, marked `Idempotency-Replayed: true`, and does nothing; with another request 422. "
        "A request that was refused leaves its key free."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def once_per_key(router: Router, *, api: NinjaAPI) -> Router:
    """Let every POST of a router take the header, and say so in the schema. Call before the router is added to the API."""
    router.add_decorator(_decorator(api), mode="view")
    for operation in _operations(router):
        if "POST" in operation.methods:
            operation.openapi_extra = {**(operation.openapi_extra or {}), "parameters": [HEADER]}
    return router


def _operations(router: Router) -> Iterator[Operation]:
    """Those of a router and of the routers in it, which inherit its decorators."""
    for view in router.path_operations.values():
        yield from view.operations
    for _, child, *_ in router._routers:
        yield from _operations(child)


def _decorator(api: NinjaAPI) -> Callable[[Run], Run]:
    def decorate(run: Run) -> Run:
        @wraps(run)
        def once(request: HttpRequest, **arguments: Any) -> HttpResponse:
            key, actor = request.headers.get("Idempotency-Key"), getattr(request, "actor", None)
            if request.method != "POST" or key is None or actor is None:
                return run(request, **arguments)
            try:
                kept = claim_key(key=key, fingerprint=fingerprint_of(request), actor=actor, at=timezone.now())
            except DomainError as error:
                return api.on_exception(request, error)
            if kept.status is not None:
                again = HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8")
                again["Idempotency-Replayed"] = "true"
                return again
            response = run(request, **arguments)
            if response.status_code < 400:
                keep(kept, status=response.status_code, body=response.content.decode())
            else:
                release(kept)
            return response

        return once

    return decorate
