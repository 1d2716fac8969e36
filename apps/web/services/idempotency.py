"""Do work once for a key: a program that lost the answer asks again and gets the same one.

Everything happens in the transaction of the request. A second request with the same key, sent while the first still works,
waits at the unique index: for the first one's answer when that commits, for its own turn when that is rolled back.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

from django.http import HttpRequest

from apps.accounts.enums import Actor
from apps.domain.errors import DomainError
from apps.web.models import KeptAnswer

LIFE = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class BadKeyError(DomainError):
    """The key is empty, too long, or has characters other than printable ASCII."""

    code = "bad_idempotency_key"
    status = 400


class KeyReusedError(DomainError):
    """The key was used for another request."""

    code = "idempotency_key_reused"
    status = 422


def claim_key(*, key: str, fingerprint: str, actor: Actor, at: datetime) -> KeptAnswer:
    """The answer that is kept for the key; without a `status`, the work is the caller's to do, and `keep` or `release` follows.

    Raises BadKeyError, KeyReusedError.
    """
    if not _KEY.fullmatch(key):
        raise BadKeyError("Idempotency-Key takes 1 to 200 printable ASCII characters without spaces; a UUID will do.")
    mine = KeptAnswer.objects.filter(person_id=actor.person_id, key=key)
    mine.filter(created_at__lt=at - LIFE).delete()
    fresh = KeptAnswer(
        tenant_id=actor.tenant_id, person_id=actor.person_id, key=key, fingerprint=fingerprint, created_at=at
    )
    KeptAnswer.objects.bulk_create([fresh], ignore_conflicts=True)
    kept = mine.select_for_update().get()
    if kept.fingerprint != fingerprint:
        raise KeyReusedError("This Idempotency-Key was used for another request. Make a new key for new work.")
    return kept


def keep(kept: KeptAnswer, *, status: int, body: str) -> None:
    """Keep the answer to a request that did its work."""
    kept.status, kept.body = status, body
    kept.save(update_fields=["status", "body"])


def release(kept: KeptAnswer) -> None:
    """Forget the key of a request that was refused: it changed nothing, and may be put right and sent again."""
    kept.delete()


def forget_answers(*, at: datetime) -> None:
    """Drop answers older than a day. Call inside the tenant's scope."""
    KeptAnswer.objects.filter(created_at__lt=at - LIFE).delete()


def fingerprint_of(request: HttpRequest) -> str:
    """What a request asks for, as a hash: method, address, and every byte that it carries."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.hexdigest()
