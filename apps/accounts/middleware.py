"""Decide who acts, and run every view inside that desk's scope."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse
from django.urls import resolve
from django.utils import timezone

from apps.accounts.queries import actor_for_person, actor_for_token
from apps.domain.errors import DomainError
from apps.tenancy.services import tenant_scope

_SESSION_TENANT = "tenant_id"


class DeskMiddleware:
    """Sets `request.actor`, refuses strangers, and wraps the view in one transaction of the actor's tenant.

    Views that strangers may see carry `open_to_strangers = True` (see `open_to_strangers`). The view's response is
    rendered inside the scope, so that a lazy template does not read outside it.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        request.actor = None  # type: ignore[attr-defined]
        if is_open_to_strangers(view, request):
            return None
        token = _bearer(request)
        if token is not None:
            actor = actor_for_token(token=token, at=timezone.now())
        elif request.user.is_authenticated:
            actor = actor_for_person(person_id=request.user.pk, tenant_id=_chosen_tenant(request))
        else:
            actor = None
        if actor is None:
            return self._refuse(request, view, args, kwargs)
        request.actor = actor  # type: ignore[attr-defined]
        request.user.actor = actor  # type: ignore[union-attr]  # for RolePermissions
        structlog.contextvars.bind_contextvars(tenant_id=str(actor.tenant_id), person_id=str(actor.person_id))
        try:
            with tenant_scope(actor.tenant_id):
                response = view(request, *args, **kwargs)
                if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                    response.render()
        except DomainError as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return _refusal(request, error)
        return response

    def _refuse(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.path.startswith("/api/"):
            return None  # the API answers 401 in its own shape; without an actor no tenant's row can be read
        if request.user.is_authenticated:
            return render(request, "account/no_desk.html", status=403)
        return redirect_to_login(request.get_full_path())


def _refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """An anticipated refusal that the view had no better place for; its transaction is rolled back."""
    if getattr(request, "htmx", False):
        return JsonResponse({"code": error.code, "message": error.message}, status=error.status)
    if error.status == HTTPStatus.NOT_FOUND:
        return render(request, "404.html", {"message": error.message}, status=404)
    return render(request, "refused.html", {"message": error.message}, status=error.status)


def open_to_strangers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view that needs no sign-in and reads no tenant's rows."""
    view.open_to_strangers = True  # type: ignore[attr-defined]
    return view


_OPEN_MODULES = ("allauth.", "django.views.static", "django.contrib.staticfiles", "django.views.generic.base")


def is_open_to_strangers(view: Callable[..., HttpResponseBase], request: HttpRequest) -> bool:
    """Whether a view may run without an actor: marked ones, allauth's, static files, the admin's sign-in."""
    if getattr(view, "open_to_strangers", False):
        return True
    module = getattr(view, "__module__", "")
    return module.startswith(_OPEN_MODULES) or resolve(request.path_info).view_name in {
        "admin:login",
        "admin:logout",
        "admin:jsi18n",
    }


def _bearer(request: HttpRequest) -> str | None:
    header = request.headers.get("Authorization", "")
    return header[7:].strip() if header[:7].lower() == "bearer " else None


def _chosen_tenant(request: HttpRequest) -> UUID | None:
    chosen = request.session.get(_SESSION_TENANT)
    return UUID(chosen) if chosen else None


class DeskSocketMiddleware:
    """Sets `scope["actor"]` on sockets from the session's person; None for strangers."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        user, session = scope.get("user"), scope.get("session") or {}
        scope["actor"] = None
        if user is not None and user.is_authenticated:
            chosen = session.get(_SESSION_TENANT)
            scope["actor"] = await sync_to_async(actor_for_person)(
                person_id=user.pk, tenant_id=UUID(chosen) if chosen else None
            )
        await self._inner(scope, receive, send)
