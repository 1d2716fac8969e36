"""The secret of a hook, and the signature that a receiver checks (docs/notifications.md)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.utils.crypto import salted_hmac

from apps.notifications.models import Hook

_PURPOSE = "apps.notifications.hook"


def fresh_salt() -> str:
    """What makes the secret of one hook another than that of every other."""
    return secrets.token_hex(16)


def secret_of(hook: Hook) -> str:
    """The secret, made of SECRET_KEY, the hook and its salt: whoever reads the table alone cannot sign."""
    return "whsec_" + salted_hmac(_PURPOSE, f"{hook.id}:{hook.salt}", algorithm="sha256").hexdigest()


def signature(*, secret: str, timestamp: int, body: str) -> str:
    """`v1=` and the HMAC-SHA256, in hex, over "<timestamp>.<body>"."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"v1={digest}"
