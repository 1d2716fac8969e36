"""What the shell around every page needs: places to go, who is signed in, and the nonce of this response."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the rail. `key` follows "g" on the keyboard; `count` is what waits there."""

    label: str
    href: str
    icon: str
    key: str
    current: bool
    count: int


_PLACES = (
    ("Home", "dashboard:home", "layout-dashboard", "h"),
    ("Documents", "documents:list", "file-text", "d"),
    ("Strategies", "strategies:list", "workflow", "t"),
    ("Backtests", "backtests:list", "chart-line", "b"),
    ("Library", "strategies:library", "library", "l"),
    ("Evaluation", "strategies:evaluation", "target", "e"),
    ("Market data", "marketdata:list", "database", "m"),
    ("Activity", "dashboard:activity", "activity", "a"),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Navigation, the person's account, optional addresses, the nonce and the correlation id.

    A view may set `request.nav_counts`, for example {"strategies:list": 3}, to show what waits.
    """
    actor = getattr(request, "actor", None)
    return {
        "nav": _nav(request) if actor else [],
        "actor": actor,
        "search_url": _address("dashboard:search"),
        "settings_url": _address("accounts:settings"),
        "home_url": _address("dashboard:home") or "/",
        "sign_out_url": _address("account_logout"),
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "correlation_id": getattr(request, "correlation_id", ""),
    }


def _nav(request: HttpRequest) -> list[NavItem]:
    counts = getattr(request, "nav_counts", {})
    match = request.resolver_match
    view, space = (match.view_name, match.namespace) if match else ("", "")
    here = _place_of(view, space)
    items = []
    for label, name, icon, key in _PLACES:
        href = _address(name)
        if href:
            items.append(NavItem(label, href, icon, key, name == here, counts.get(name, 0)))
    return items


def _place_of(view: str, space: str) -> str:
    """The place that a view belongs to: the one whose name it begins with, else the list of its app."""
    own = [name for _, name, _, _ in _PLACES if view.startswith(name)]
    of_app = [name for _, name, _, _ in _PLACES if name == f"{space}:list"]
    return next(iter([*own, *of_app]), "")


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
