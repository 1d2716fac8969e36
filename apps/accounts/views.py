"""The settings page: who you are here, how things look, API tokens."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import queries, services
from apps.accounts.enums import DeskRequest, Permission
from apps.accounts.forms import TokenForm


@require_GET
def settings(request: DeskRequest) -> HttpResponse:
    """Show the settings."""
    return _page(request, TokenForm())


@require_POST
def create_token(request: DeskRequest) -> HttpResponse:
    """Make a token and show its secret once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    _, secret = services.create_token(label=form.cleaned_data["label"], actor=request.actor, at=timezone.now())
    return _page(request, TokenForm(), secret=secret)


@require_POST
def set_four_eyes(request: DeskRequest) -> HttpResponse:
    """Switch four eyes on or off for the desk."""
    services.set_four_eyes(on=request.POST.get("on") == "on", actor=request.actor, at=timezone.now())
    messages.success(request, "Kept. It is on the record.")
    return redirect("accounts:settings")


@require_POST
def revoke_token(request: DeskRequest, token_id: UUID) -> HttpResponse:
    """Revoke a token of one's own."""
    try:
        services.revoke_token(token_id=token_id, actor=request.actor, at=timezone.now())
    except services.TokenNotFoundError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "The token no longer works.")
    return redirect("accounts:settings")


def _page(request: DeskRequest, form: TokenForm, *, secret: str | None = None, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "secret": secret,
        "may_manage": request.actor.may(Permission.MANAGE_DESK),
        "tokens": queries.tokens_of(person_id=request.actor.person_id),
        "members": queries.members(),
        "usage_url": _usage_url(request),
        "four_eyes": queries.asks_for_four_eyes(tenant_id=request.actor.tenant_id),
    }
    return render(request, "accounts/settings.html", context, status=status)


def _usage_url(request: DeskRequest) -> str:
    """The page of an app above us, where there is one and the person may see it."""
    try:
        return reverse("dashboard:usage") if request.actor.may(Permission.VIEW_USAGE) else ""
    except NoReverseMatch:
        return ""
