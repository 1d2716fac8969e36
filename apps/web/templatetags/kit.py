"""Tags of the kit: icons, sparklines, and the look of states, verdicts and sources."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import BoundField, CheckboxInput, ClearableFileInput, Select
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.web.queries import formats, heat_class, spark

register = template.Library()

_PLAIN = ("", "")
_LOOKS = (
    (("dash", "clock"), "received queued waiting pending scheduled"),
    (("info", "loader"), "running reading extracting processing uploading cancelling started sending"),
    (
        ("ok", "circle-check"),
        "done ready finished succeeded completed complete approved active stored read passed current runnable sent",
    ),
    (("bad", "circle-x"), "failed rejected error unreadable conflict"),
    (("warn", "triangle-alert"), "partial in_review review needs_review stale missing warning unanswered data_missing"),
    (("dash", "pencil"), "draft open"),
    (("", "ban"), "cancelled retired superseded withdrawn archived skipped refused merged"),
    (("info", "quote"), "stated"),
    (("", "lightbulb"), "inferred"),
    (("dash", "circle-dashed"), "assumed"),
    (("", "user"), "analyst"),
)
_STATES = {state: look for look, states in _LOOKS for state in states.split()}
_VERDICTS = {
    "reproduced": ("ok", "circle-check", "Reproduced"),
    "partly_reproduced": ("warn", "equal", "Partly reproduced"),
    "not_reproduced": ("bad", "circle-x", "Not reproduced"),
    "not_testable": ("", "circle-question-mark", "Not testable"),
    "insufficient_evidence": ("dash", "hourglass", "Insufficient evidence"),
    "not_run": ("dash", "circle-minus", "Not run"),
}
_EVENTS = {
    "accounts": "user",
    "backtests": "chart-line",
    "documents": "file-text",
    "llm": "sparkles",
    "notifications": "bell",
    "strategies": "workflow",
    "answered": "pencil",
    "approved": "circle-check",
    "cited": "quote",
    "confirmed": "check",
    "deleted": "x",
    "described": "pencil",
    "failed": "circle-alert",
    "formula_edited": "sigma",
    "rejected": "circle-x",
    "restored": "rotate-cw",
}
"""The icon of what was done, or else of what it was done to: that of the navigation."""
_MESSAGES = {"success": ("ok", "circle-check"), "warning": ("warn", "triangle-alert"), "error": ("bad", "circle-alert")}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite, hidden from screen readers: put words beside it or an aria-label around it."""
    return format_html('<svg class="i {}" aria-hidden="true"><use href="#i-{}"/></svg>', css, name)


@register.simple_tag(takes_context=True)
def nonce(context: template.Context) -> str:
    """This response's nonce for the rare inline style or script element."""
    return str(context.get("csp_nonce", ""))


@register.simple_tag
def sparkline(values: Any, label: str) -> SafeString | str:
    """A small line in a table cell; a dash when there are fewer than two values. `label` says it in words."""
    found = spark(values if values is not None else [])
    if found is None:
        return formats.MISSING
    return format_html(
        '<svg class="spark {}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<path d="{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        found.direction, found.width, found.height, label, found.path, found.last_x, found.last_y,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The page's query string with `changes` applied; None removes a key. For sort links, filters and pages."""
    request = getattr(context, "request", None) or context["request"]  # an include with `only` keeps the first alone
    current: QueryDict = request.GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            current.pop(key, None)
        else:
            current[key] = str(value)
    return f"?{current.urlencode()}" if current else "?"


@register.simple_tag
def query_of(**pairs: Any) -> str:
    """A fresh query string of these pairs, empty ones left out."""
    return "?" + urlencode({key: value for key, value in pairs.items() if value not in (None, "")})


@register.filter
def state_tone(state: object) -> str:
    """The badge tone of a state: "ok", "bad", "warn", "info", "dash" or ""."""
    return _STATES.get(_key(state), _PLAIN)[0]


@register.filter
def state_icon(state: object) -> str:
    """The icon of a state; "" when it has none."""
    return _STATES.get(_key(state), _PLAIN)[1]


@register.filter
def state_label(state: object) -> str:
    """The state in words: "in_review" -> "In review"."""
    return str(getattr(state, "label", "") or _key(state).replace("_", " ").capitalize())


@register.filter
def verdict_tone(verdict: object) -> str:
    """The tone of a verdict."""
    return _verdict(verdict)[0]


@register.filter
def verdict_icon(verdict: object) -> str:
    """The icon of a verdict."""
    return _verdict(verdict)[1]


@register.filter
def verdict_label(verdict: object) -> str:
    """The fixed words of a verdict."""
    return _verdict(verdict)[2]


@register.filter
def event_icon(type_of_event: object) -> str:
    """The icon of an event: "strategies.rejected" has one, "strategies.created" that of strategies."""
    subject, _, deed = str(type_of_event).partition(".")
    return _EVENTS.get(deed) or _EVENTS.get(subject, "activity")


@register.filter
def message_tone(level: object) -> str:
    """The tone of a Django message by its level tag."""
    return _MESSAGES.get(str(level), ("info", "info"))[0]


@register.filter
def message_icon(level: object) -> str:
    """The icon of a Django message by its level tag."""
    return _MESSAGES.get(str(level), ("info", "info"))[1]


@register.filter
def heat(value: float | None, cap: float = 0.08) -> str:
    """The heat-map class of a signed value, saturated at `cap`."""
    return heat_class(value, cap=float(cap))


@register.filter
def initials(name: object) -> str:
    """At most two letters for the account button: "Alice Moreau" -> "AM"."""
    words = str(name or "").replace("@", " ").split()
    return "".join(word[0] for word in dict.fromkeys(words[:1] + words[-1:])).upper() or "?"


@register.filter
def control(field: BoundField) -> SafeString:
    """The widget of a form field in the kit's look."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return field.as_widget()
    style = "select" if isinstance(widget, Select) else "file" if isinstance(widget, ClearableFileInput) else "input"
    attrs: dict[str, Any] = {"class": f"{style} {widget.attrs.get('class', '')}".strip()}
    if str(widget.attrs.get("placeholder", "")).startswith(str(field.label)):
        attrs["placeholder"] = False  # it only repeats the label
    return field.as_widget(attrs=attrs)


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the label stands behind the control instead of above it."""
    return isinstance(field.field.widget, CheckboxInput)


def _key(state: object) -> str:
    return str(getattr(state, "value", state) or "").strip().lower().replace(" ", "_").replace("-", "_")


def _verdict(verdict: object) -> tuple[str, str, str]:
    return _VERDICTS.get(_key(verdict), _VERDICTS["not_run"])
