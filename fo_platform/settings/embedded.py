"""The default: the production stack on one machine, in `var/`. Real servers take over by their URLs."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from fo_platform.embedded.layout import Layout
from fo_platform.settings._sources import flag, storage
from fo_platform.settings.base import *  # noqa: F403
from fo_platform.settings.base import BASE_DIR, STORAGES, databases, from_valkey

LAYOUT = Layout(var=Path(os.environ.get("FO_VAR", BASE_DIR / "var")).resolve())


def _secret_key() -> str:
    """A key of this installation's own, made at the first start."""
    if not LAYOUT.secret_key.exists():
        LAYOUT.var.mkdir(parents=True, exist_ok=True)
        LAYOUT.secret_key.touch(mode=0o600)
        LAYOUT.secret_key.write_text(secrets.token_urlsafe(50))
    return LAYOUT.secret_key.read_text()


SECRET_KEY = os.environ.get("SECRET_KEY") or _secret_key()
DEBUG = flag("DEBUG", default=False)
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    *[host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host],
]
STATIC_ROOT = None  # served from where they lie; production collects them
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATABASES = databases(
    app_url=os.environ.get("DATABASE_URL") or LAYOUT.database_url(role="fo_app"),
    owner_url=os.environ.get("DATABASE_OWNER_URL") or LAYOUT.database_url(role="fo_owner"),
)
globals().update(from_valkey(os.environ.get("VALKEY_URL") or f"unix://{LAYOUT.valkey_socket}"))
STORAGES = {**STORAGES, "default": storage(os.environ.get("STORAGE_URL") or f"file://{LAYOUT.storage}")}
LOGGING = {"format": os.environ.get("LOG_FORMAT", "console"), "level": os.environ.get("LOG_LEVEL", "INFO")}
DEMO = flag("DEMO", default=True)
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("EMAIL_HOST")
    else "django.core.mail.backends.console.EmailBackend"
)
SITE_URL = (os.environ.get("SITE_URL") or "http://localhost:8000").rstrip("/")  # in letters and web hooks
HOOK_HTTPS_ONLY = False
