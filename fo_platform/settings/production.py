"""Production: everything comes from the environment, nothing has a default that could be forgotten."""

from __future__ import annotations

import os

from fo_platform.settings._sources import flag, required, storage
from fo_platform.settings.base import *  # noqa: F403
from fo_platform.settings.base import STORAGES, databases, from_valkey

SECRET_KEY = required("SECRET_KEY")
ALLOWED_HOSTS = required("ALLOWED_HOSTS").split(",")
DATABASES = databases(app_url=required("DATABASE_URL"), owner_url=required("DATABASE_OWNER_URL"))
globals().update(from_valkey(required("VALKEY_URL")))
STORAGES = {
    **STORAGES,
    "default": storage(required("STORAGE_URL")),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = flag("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # joining the browsers' preload list is the domain owner's decision
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SITE_URL = (os.environ.get("SITE_URL") or f"https://{ALLOWED_HOSTS[0]}").rstrip("/")  # in letters and web hooks
DEMO = flag("DEMO", default=False)
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
