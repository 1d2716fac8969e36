"""Two questions of an operator: is this process alive, and can it do its work?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.middleware import open_to_strangers
from apps.jobs.queries import worker_seen_at

_WORKER_SILENCE = timedelta(seconds=30)


@open_to_strangers
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; touches nothing else."""
    return JsonResponse({"status": "alive"})


@open_to_strangers
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when database, Valkey, storage and a worker answer; else 503 with what does not."""
    checks = {"database": _database, "valkey": _valkey, "storage": _storage, "worker": _worker}
    results = {name: _run(check) for name, check in checks.items()}
    healthy = all(result == "ok" for result in results.values())
    return JsonResponse(
        {"status": "ready" if healthy else "not ready", "checks": results}, status=200 if healthy else 503
    )


def _run(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # whatever is wrong, the operator wants its name
        return f"failed: {type(error).__name__}"
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _valkey() -> None:
    key = f"ready-{uuid4().hex}"
    cache.set(key, 1, timeout=5)
    if cache.get(key) != 1:
        raise ConnectionError
    cache.delete(key)


def _storage() -> None:
    name = default_storage.save(f"health/{uuid4().hex}", ContentFile(b"ok"))
    default_storage.delete(name)


def _worker() -> None:
    seen = worker_seen_at()
    if seen is None or timezone.now() - seen > _WORKER_SILENCE:
        raise TimeoutError
