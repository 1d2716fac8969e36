"""Settings that hold everywhere. What differs between a laptop, a test and production comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext

from fo_platform.settings._sources import channel_layers, valkey_databases

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parents[2]

DEBUG = False
SECRET_KEY = os.environ.get("SECRET_KEY", "")
ALLOWED_HOSTS = [host for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("CSRF_TRUSTED_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "daphne",
    "apps.tenancy",
    "apps.events",
    "apps.jobs",
    "apps.accounts",
    "apps.web",
    "apps.notifications",
    "apps.documents",
    "apps.marketdata",
    "apps.strategies",
    "apps.backtests",
    "apps.dashboard",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "channels",
    "ninja",
    "django_htmx",
    "allauth",
    "allauth.account",
]

# Synchronous middlewares only: under ASGI the whole chain then runs in one thread hop.
MIDDLEWARE = [
    "apps.web.middleware.CorrelationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.web.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.web.middleware.HtmxLoginMiddleware",
    "apps.accounts.middleware.DeskMiddleware",
]

ROOT_URLCONF = "fo_platform.urls"
ASGI_APPLICATION = "fo_platform.asgi.application"
WSGI_APPLICATION = "fo_platform.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.web.context_processors.shell",
            ],
        },
    },
]


def databases(*, app_url: str, owner_url: str) -> dict[str, Any]:
    """The application's own connection, pooled, and the owner's, for migrations only. Same database, two roles."""
    pool = {"min_size": 1, "max_size": 8, "timeout": 10}
    app = dj_database_url.parse(app_url, conn_max_age=0)
    app["OPTIONS"] = {**app.get("OPTIONS", {}), "pool": pool}
    return {"default": app, "owner": dj_database_url.parse(owner_url, conn_max_age=0)}


def from_valkey(url: str) -> dict[str, Any]:
    """Broker, cache and channel layer, each on its own logical database of one server."""
    broker, cache, layer = valkey_databases(url)
    return {
        "CELERY_BROKER_URL": broker,
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": cache}},
        "CHANNEL_LAYERS": channel_layers(layer),
        "VALKEY_URL": layer,
    }


SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "apps.accounts.adapters.RolePermissions",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard:home"
ACCOUNT_ADAPTER = "apps.accounts.adapters.DeskAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/ip,5/5m/key"}

DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "fo-platform@localhost")

CSRF_FAILURE_VIEW = "apps.web.views.csrf_failure"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files never pass through memory as a whole; the limit itself is checked while streaming.
DOCUMENT_MAX_BYTES = 100 * 1024 * 1024
DOCUMENT_GRACE_DAYS = 30  # between deleting a document and removing it for good
DOCUMENT_MAX_PAGES = 2000
RUN_MAX_CELLS = 20e9  # cells of arithmetic that one run may take: a few minutes on one core
SWEEP_MAX_MEMBERS = 100_000  # combinations of one sweep
SWEEP_MAX_READINGS = 500  # runs of one fan of readings
SWEEP_WORKERS = 2  # worker processes that take sweeps, for estimates of time
SWEEP_MAX_CELLS = 15e12  # cells of arithmetic that all members of a sweep may take together: some hours on one core
DOCUMENT_PARSE_SECONDS = 120
DOCUMENT_PARSE_BYTES = 2 * 1024**3
FILE_UPLOAD_HANDLERS = ["apps.documents.adapters.upload.BoundedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# The reader of documents: "rules" needs nothing; "claude" needs ANTHROPIC_API_KEY.
STRATEGY_READER = os.environ.get("STRATEGY_READER", "rules")
ANTHROPIC_MODEL = os.environ.get("ANTHROPIC_MODEL", "claude-sonnet-5-5")
ANTHROPIC_TOKEN_BUDGET = int(os.environ.get("ANTHROPIC_TOKEN_BUDGET", "200000"))

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # longer than the hard limit, or a task would run twice at once
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 15,
    # A page must not wait for a broker that is away: its work is safe in the database.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False  # work that cannot be sent waits in the database; a beat sweep sends it
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

LOG_FORMAT = os.environ.get("LOG_FORMAT", "json")
LOGGING_CONFIG = "fo_platform.logging.configure"
LOGGING: dict[str, Any] = {"format": LOG_FORMAT, "level": os.environ.get("LOG_LEVEL", "INFO")}

STORAGES: dict[str, Any] = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# Called once in every worker process of a queue, so that the first backtest does not pay for compilation.
WORKER_WARM_UP = {
    "backtests": "apps.backtests.services.warm_up",
    "sweeps": "apps.backtests.services.sweep_warm_up.warm_up",
    "extraction": "apps.strategies.services.warm_up",
}
