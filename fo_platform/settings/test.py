"""Tests: the same engines as everywhere, in a folder of this process's own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("FO_VAR", str(Path(tempfile.gettempdir()) / f"fo-test-{os.getpid()}-"))
# Tests in several processes: a folder for each of them.
os.environ["FO_VAR"] = os.environ["FO_VAR"].removesuffix(os.getenv("PYTEST_XDIST_WORKER", "")) + os.getenv(
    "PYTEST_XDIST_WORKER", ""
)

from fo_platform.settings.embedded import *  # noqa: F403
from fo_platform.settings.embedded import DATABASES

DATABASES["default"]["OPTIONS"].pop("pool")  # a transaction per test wants one connection
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOGGING = {"format": "console", "level": "WARNING"}
SEARCH_BY_MEANING = False  # its own tests switch it on; the others do not wait for a model
# A key of the machine must never be used by a test.
ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, STRATEGY_READER = "", "", "rules"
