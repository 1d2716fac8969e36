"""The desk's web hooks: administrators add, change, test and remove them, and read what was posted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.queries import names_of
from apps.domain.errors import DomainError
from apps.notifications import queries, services
from apps.notifications.forms import HookForm
from apps.notifications.models import Hook
from apps.web.services.paging import page_of

_PER_PAGE = 25
_AT_FIRST = ["backtests.failed", "backtests.finished", "backtests.verdict_changed"]


@require_http_methods(["GET", "POST"])
def hooks(request: DeskRequest) -> HttpResponse:
    """List the hooks; add one and show its secret once."""
    request.actor.require(Permission.MANAGE_DESK)
    if request.method != "POST":
        return _list(request, HookForm(initial={"event_types": _AT_FIRST}))
    form = HookForm(request.POST)
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        hook, secret = services.create_hook(**form.cleaned_data, actor=request.actor, at=timezone.now())
    except DomainError as error:
        form.add_error("url", error.message)
        return _list(request, form, status=error.status)
    return _detail(request, hook, secret=secret, status=201)


@require_GET
def hook(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """One hook with what was posted to it. An htmx request gets the log only."""
    found = queries.hook(hook_id=hook_id)
    request.actor.require(Permission.MANAGE_DESK)
    return _detail(request, found)


@require_POST
def change_hook(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """Change the address or the events."""
    found = queries.hook(hook_id=hook_id)
    form = HookForm(request.POST)
    if not form.is_valid():
        return _detail(request, found, form=form, status=422)
    try:
        services.update_hook(hook_id=hook_id, **form.cleaned_data, actor=request.actor, at=timezone.now())
    except services.HookInvalidError as error:
        form.add_error("event_types", error.message)
        return _detail(request, found, form=form, status=error.status)
    messages.success(request, "The web hook is changed.")
    return redirect("notifications:hook", hook_id)


@require_POST
def switch_hook(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """Switch a hook on or off."""
    is_active = request.POST.get("is_active") == "yes"
    services.switch_hook(hook_id=hook_id, is_active=is_active, actor=request.actor, at=timezone.now())
    messages.success(request, "The web hook is on." if is_active else "The web hook is off; nothing is sent.")
    return redirect("notifications:hook", hook_id)


@require_POST
def renew_secret(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """Make another secret and show it once."""
    hook, secret = services.renew_secret(hook_id=hook_id, actor=request.actor, at=timezone.now())
    return _detail(request, hook, secret=secret)


@require_POST
def delete_hook(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """Remove a hook and its log."""
    services.delete_hook(hook_id=hook_id, actor=request.actor, at=timezone.now())
    messages.success(request, "The web hook is removed.")
    return redirect("notifications:hooks")


@require_POST
def send_test(request: DeskRequest, hook_id: UUID) -> HttpResponse:
    """Post a test to the hook."""
    services.send_test(hook_id=hook_id, actor=request.actor, at=timezone.now())
    messages.success(request, "A test is on its way; the log shows the answer.")
    return redirect("notifications:hook", hook_id)


@require_POST
def send_again(request: DeskRequest, delivery_id: UUID) -> HttpResponse:
    """Post a delivery once more."""
    row = services.send_again(delivery_id=delivery_id, actor=request.actor, at=timezone.now())
    messages.success(request, "It is sent again, under the same id.")
    return redirect("notifications:hook", row.hook_id)


def _list(request: DeskRequest, form: HookForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "hooks": list(queries.hooks()),
        "crumbs": [("Settings", reverse("accounts:settings")), ("Web hooks", "")],
    }
    return render(request, "notifications/hooks.html", context, status=status)


def _detail(
    request: DeskRequest, hook: Hook, *, form: HookForm | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    order = ("-created_at", "-id")
    page = page_of(
        queries.deliveries_of(hook_id=hook.id), cursor=request.GET.get("cursor"), limit=_PER_PAGE, order=order
    )
    context: dict[str, Any] = {
        "hook": hook,
        "form": form or HookForm(initial={"url": hook.url, "event_types": hook.event_types}),
        "secret": secret,
        "creator": names_of(person_ids=[hook.created_by_id]).get(hook.created_by_id, ""),
        "deliveries": page.items,
        "cursor": page.next_cursor,
        "crumbs": [
            ("Settings", reverse("accounts:settings")),
            ("Web hooks", reverse("notifications:hooks")),
            (hook.url, ""),
        ],
    }
    template = "notifications/_deliveries.html" if request.headers.get("HX-Request") else "notifications/hook.html"
    return render(request, template, context, status=status)
