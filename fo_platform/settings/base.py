"""Settings that hold everywhere. What differs between a laptop, a test and production comes from the environment."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import dj_database_url
import django_stubs_ext

from fo_platform.settings._sources import at_least, channel_layers, flag, one_of, valkey_databases

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
    "apps.llm",
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
                "apps.notifications.context_processors.bell",
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

DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "fo-platform@localhost"
EMAIL_HOST = os.environ.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or "25")
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10

# Web hooks: https only, never into private networks, but for hosts that the operator lists.
HOOK_HTTPS_ONLY = True
HOOK_ALLOWED_HOSTS = [
    host.strip().lower() for host in os.environ.get("HOOK_ALLOWED_HOSTS", "").split(",") if host.strip()
]

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
SEARCH_BY_MEANING = flag("SEARCH_BY_MEANING", default=True)  # where model and pgvector are there
DOCUMENT_MAX_BYTES = 100 * 1024 * 1024
DOCUMENT_GRACE_DAYS = 30  # between deleting a document and removing it for good
# How long a document is kept at least, in years from the day it was added, by its retention class (docs/documents.md).
DOCUMENT_RETENTION = one_of("DOCUMENT_RETENTION", ("working", "standard", "extended"))  # of a new document
RETENTION_YEARS = {
    "working": 0,
    "standard": at_least("RETENTION_YEARS_STANDARD", 5),
    "extended": at_least("RETENTION_YEARS_EXTENDED", 7),
}
DOCUMENT_MAX_PAGES = 2000
UPLOAD_PIECE_BYTES = 16 * 1024 * 1024  # of a file that comes in pieces: a piece is held in memory
UPLOAD_EXPIRY_HOURS = 24  # after the last piece
UPLOADS_AT_ONCE = 20  # unfinished ones of one person
RUN_MAX_CELLS = 20e9  # cells of arithmetic that one run may take: a few minutes on one core
# Prices in a bundle that is made while somebody waits, a third of a second; larger ones are made by a job.
BUNDLE_MAX_VALUES = 2_000_000
SWEEP_MAX_MEMBERS = 100_000  # combinations of one sweep
SWEEP_MAX_READINGS = 500  # runs of one fan of readings
SWEEP_WORKERS = 2  # worker processes that take sweeps, for estimates of time
SWEEP_MAX_CELLS = 15e12  # cells of arithmetic that all members of a sweep may take together: some hours on one core
DOCUMENT_PARSE_SECONDS = 120
DOCUMENT_PARSE_BYTES = 2 * 1024**3
FILE_UPLOAD_HANDLERS = ["apps.documents.adapters.upload.BoundedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# Language models (docs/extraction.md). Without a key documents are read by the rule reader alone.
ANTHROPIC_API_KEY = os.environ.get("ANTHROPIC_API_KEY", "")
ANTHROPIC_BASE_URL = os.environ.get("ANTHROPIC_BASE_URL", "")
ANTHROPIC_MODEL = os.environ.get("ANTHROPIC_MODEL") or "claude-sonnet-5-5"
ANTHROPIC_MODEL_FIND = os.environ.get("ANTHROPIC_MODEL_FIND", "")  # finds candidates; empty: the same model
ANTHROPIC_EFFORT = os.environ.get("ANTHROPIC_EFFORT", "")  # low, medium, high, xhigh, max; empty: the model's own
ANTHROPIC_TOKEN_BUDGET = int(os.environ.get("ANTHROPIC_TOKEN_BUDGET", "200000"))  # what one document may hold
# Dollars a million tokens, by the beginning of a model's name; hold them against your own price list.
ANTHROPIC_PRICES: dict[str, dict[str, str]] = {
    "claude-haiku": {"input": "1", "output": "5", "cache_read": "0.1", "cache_write": "1.25", "batch": "0.5"},
    "claude-sonnet": {"input": "3", "output": "15", "cache_read": "0.3", "cache_write": "3.75", "batch": "0.5"},
    "claude-opus": {"input": "5", "output": "25", "cache_read": "0.5", "cache_write": "6.25", "batch": "0.5"},
    **json.loads(os.environ.get("ANTHROPIC_PRICES") or "{}"),
}
LLM_TIMEOUT = float(os.environ.get("LLM_TIMEOUT", "120"))  # seconds of silence
LLM_MAX_RETRIES = int(os.environ.get("LLM_MAX_RETRIES", "2"))
LLM_MONTHLY_BUDGET_USD = Decimal(os.environ.get("LLM_MONTHLY_BUDGET_USD") or "100")
LLM_DOCUMENT_BUDGET_USD = Decimal(os.environ.get("LLM_DOCUMENT_BUDGET_USD") or "5")
LLM_BREAKER_FAILURES = int(os.environ.get("LLM_BREAKER_FAILURES", "5"))
LLM_BREAKER_SECONDS = int(os.environ.get("LLM_BREAKER_SECONDS", "120"))

# The reader of documents: "rules" needs nothing; "claude" needs the key, and is the default where there is one.
STRATEGY_READER = os.environ.get("STRATEGY_READER") or ("claude" if ANTHROPIC_API_KEY else "rules")
EXTRACTION_SECTION_TOKENS = int(os.environ.get("EXTRACTION_SECTION_TOKENS", "12000"))
EXTRACTION_MAX_STRATEGIES = int(os.environ.get("EXTRACTION_MAX_STRATEGIES", "8"))
EXTRACTION_FALLBACK = os.environ.get("EXTRACTION_FALLBACK", "true").lower() in {"1", "true", "yes", "on"}
EXTRACTION_REPAIR_ROUNDS = int(os.environ.get("EXTRACTION_REPAIR_ROUNDS", "2"))

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
