"""What a person wants to be told, and how."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.enums import DeskRequest
from apps.notifications import queries, services
from apps.notifications.enums import ChannelKey
from apps.notifications.forms import answers_of, boxes


@require_http_methods(["GET", "POST"])
def preferences(request: DeskRequest) -> HttpResponse:
    """Show the table of topics and channels; take it back as it was ticked."""
    if request.method == "POST":
        services.set_preferences(answers=answers_of(request.POST), actor=request.actor)
        messages.success(request, "Your notifications are set.")
        return redirect("notifications:preferences")
    context = {
        "rows": boxes(queries.preferences_of(person_id=request.actor.person_id)),
        "channels": [key.label for key in ChannelKey],
        "crumbs": [("Settings", reverse("accounts:settings")), ("Notifications", "")],
    }
    return render(request, "notifications/preferences.html", context)
