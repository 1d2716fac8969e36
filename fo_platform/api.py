"""The REST API: the same services as the pages, one shape for every error."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.utils import check_csrf
from pydantic import Field

from apps.accounts import api as accounts
from apps.accounts.enums import Actor
from apps.backtests import api as backtests
from apps.dashboard import api as dashboard
from apps.documents import api as documents
from apps.domain.errors import DomainError
from apps.marketdata import api as marketdata
from apps.notifications import api as notifications
from apps.strategies import api as strategies
from apps.tenancy.services import NoTenantError
from fo_platform.idempotency import once_per_key

logger = structlog.get_logger(__name__)


class Problem(Schema):
    """The one shape of every error."""

    error_id: str = Field(description="Quote this when you ask for help; it is in our logs.")
    code: str = Field(description="Stable name of the kind of error, for programs.")
    message: str = Field(description="A sentence for people: what happened and what to do.")
    details: dict[str, Any] = Field(
        default_factory=dict, description="What a program may act on: fields, limits, findings."
    )
    timestamp: str
    correlation_id: str = Field(description="The X-Request-ID of the request.")


def signed_in(request: HttpRequest) -> Actor | None:
    """The actor that the middleware found (API token or browser session); None answers 401."""
    actor: Actor | None = getattr(request, "actor", None)
    return actor


class _TokenOrSession:
    """An API token (`Authorization: Bearer fo_…`), or a browser session, which must send its CSRF token to change things."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        if "Authorization" not in request.headers and check_csrf(request) is not None:
            raise HttpError(403, "Send the CSRF token of the session in X-CSRFToken, or use an API token.")
        return signed_in(request)

    openapi_security_schema = {"type": "http", "scheme": "bearer"}


api = NinjaAPI(
    title="FO Platform",
    version="1.0.0",
    description=(
        "From a research document to checked strategies. Sign in with `POST /api/v1/tokens`, then send "
        "`Authorization: Bearer <token>`. Fractions, never percent; times in UTC; lists are paged by `cursor`."
    ),
    auth=_TokenOrSession(),
    urls_namespace="api-1",
)

WORK = (documents.router, strategies.router, backtests.router)  # their POST doors start work, and do it once for a key
for router in WORK:
    once_per_key(router, api=api)
for router in (accounts.router, marketdata.router, *WORK, notifications.router, dashboard.router):
    api.add_router("", router)


def _problem(
    request: HttpRequest, *, status: int, code: str, message: str, details: dict[str, Any] | None = None
) -> HttpResponse:
    error_id = str(uuid4())
    correlation_id = getattr(request, "correlation_id", "")
    logger.info("api_problem", error_id=error_id, code=code, status=status)
    problem = Problem(
        error_id=error_id,
        code=code,
        message=message,
        details=details or {},
        timestamp=timezone.now().isoformat(),
        correlation_id=correlation_id,
    )
    response = api.create_response(request, problem.model_dump(), status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(DomainError)
def _domain_error(request: HttpRequest, error: DomainError) -> HttpResponse:
    return _problem(request, status=error.status, code=error.code, message=error.message, details=error.details)


@api.exception_handler(NoTenantError)
def _no_tenant(request: HttpRequest, error: NoTenantError) -> HttpResponse:
    return _unexpected(request, error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = [{"where": "/".join(str(part) for part in e["loc"]), "problem": e["msg"]} for e in error.errors]
    message = (
        f"The request is not valid: {fields[0]['where']}: {fields[0]['problem']}."
        if fields
        else "The request is not valid."
    )
    return _problem(request, status=422, code="invalid_request", message=message, details={"fields": fields})


@api.exception_handler(AuthenticationError)
def _unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _problem(
        request,
        status=401,
        code="not_signed_in",
        message="Send an API token: Authorization: Bearer fo_… (POST /api/v1/tokens gives one).",
    )


@api.exception_handler(Http404)
def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return _problem(request, status=404, code="not_found", message="There is nothing at this address on your desk.")


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return _problem(request, status=403, code="not_allowed", message="Your role on this desk may not do that.")


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(request, status=error.status_code, code="bad_request", message=str(error))


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("api_failed", exc_info=error)
    return _problem(
        request, status=500, code="internal_error", message="Something went wrong on our side. Nothing was changed."
    )
