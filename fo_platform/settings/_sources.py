"""Read URLs of the environment into Django's settings."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str) -> str:
    """The value of an environment variable that production cannot do without."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name}: see docs/deployment.md.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """An environment variable read as yes or no."""
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """An environment variable that takes one of some words; the first without it. Another word is refused at the start."""
    value = os.environ.get(name, "").strip() or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name} takes {', '.join(choices)}, not {value!r}.")
    return value


def at_least(name: str, floor: int) -> int:
    """A whole number from the environment that is refused at the start when it lies under its floor."""
    value = os.environ.get(name, "").strip() or str(floor)
    if not value.isdecimal() or int(value) < floor:
        raise ImproperlyConfigured(f"{name} is a whole number, at least {floor}, not {value!r}.")
    return int(value)


def valkey_databases(url: str) -> tuple[str, str, str]:
    """URLs of the broker (database 0), the cache (1) and the channel layer (2) on one server.

    `unix:///path` and `redis://host:6379` are understood; Celery spells a unix socket `redis+socket://`.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host=0", f"unix://{parts.path}?db=1", f"unix://{parts.path}?db=2"
    if parts.scheme not in {"redis", "rediss", "valkey", "valkeys"}:
        raise ImproperlyConfigured(f"VALKEY_URL must begin with unix:// or redis://, not {parts.scheme}://.")
    base = f"{parts.scheme.replace('valkey', 'redis')}://{parts.netloc}"
    return f"{base}/0", f"{base}/1", f"{base}/2"


def channel_layers(url: str) -> dict[str, Any]:
    """The channel layer. The socket's time-out must exceed the layer's blocking read, or idle sockets are cut."""
    return {
        "default": {
            "BACKEND": "apps.events.adapters.HintLayer",
            "CONFIG": {"hosts": [{"address": url, "socket_timeout": 15}], "capacity": 500, "expiry": 30},
        },
    }


def storage(url: str) -> dict[str, Any]:
    """Django's default storage from `file:///folder` or `s3://key:secret@host:port/bucket?secure=no`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": unquote(parts.path)}}
    if parts.scheme != "s3":
        raise ImproperlyConfigured(f"STORAGE_URL must begin with file:// or s3://, not {parts.scheme}://.")
    secure = parse_qs(parts.query).get("secure", ["yes"])[0] != "no"
    port = f":{parts.port}" if parts.port else ""
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "access_key": unquote(parts.username or ""),
            "secret_key": unquote(parts.password or ""),
            "bucket_name": parts.path.lstrip("/"),
            "endpoint_url": f"{'https' if secure else 'http'}://{parts.hostname}{port}",
            "file_overwrite": True,  # names are content hashes
            "querystring_auth": True,
        },
    }
