"""Small bars beside numbers, as SVG without styles."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
_WIDE = 100.0


@register.simple_tag
def bar(share: float | None, css: str) -> SafeString | str:
    """A bar as long as a share of the whole, to one whole at most; its direction is in the number beside it."""
    if share is None:
        return ""
    look = "total" if css else "down" if share < 0 else ""
    length = min(abs(share), 1.0) * _WIDE
    return format_html(
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="{}" width="{}" height="10"/></svg>',
        look,
        f"{length:.1f}",
    )


@register.simple_tag
def band(row: Any) -> SafeString:
    """An interval as a line with the value as a dot and nought dashed, on a scale of its own."""
    low, high = min(row.low, row.value, 0.0), max(row.high, row.value, 0.0)
    span = (high - low) or 1.0

    def x(value: float) -> str:
        return f"{4 + (value - low) / span * 142:.1f}"

    return format_html(
        '<svg class="band" viewBox="0 0 150 16" aria-hidden="true"><line class="zero" x1="{0}" x2="{0}" y1="1" y2="15"/>'
        '<line x1="{1}" x2="{2}" y1="8" y2="8"/><circle cx="{3}" cy="8" r="3.5"/></svg>',
        x(0.0), x(row.low), x(row.high), x(row.value),
    )  # fmt: skip
