"""How Django's and allauth's own machinery behaves here: nobody signs up, and the admin follows the desk's roles."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from apps.accounts.enums import Actor, Permission

# Apps whose lists are held to a desk by row-level security, or hold no desk's rows. Never people's addresses at large.
_RECORD = frozenset({"accounts", "backtests", "documents", "events", "marketdata", "strategies"})


class DeskAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is not typed
    """Closes sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class RolePermissions(BaseBackend):
    """Who may read the record on a desk may look at the admin's lists, and nothing there may be changed by hand.

    The middleware puts the actor on the person; without one there is no permission.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        actor: Actor | None = getattr(user_obj, "actor", None)
        app_label, _, codename = perm.partition(".")
        held = actor is not None and actor.may(Permission.VIEW_RECORD)
        return held and app_label in _RECORD and codename.startswith("view_")

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the admin shows an app at all."""
        return self.has_perm(user_obj, f"{app_label}.view_any")
