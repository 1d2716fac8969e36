"""A number that opens what it is: a link to its definition, which a script shows in place."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def number(run: Any, key: str, text: Any) -> SafeString:
    """`text` as a link to the definition of the number `key` of a run."""
    return format_html('<a class="nl" href="{}">{}</a>', reverse("backtests:number", args=[run.id, key]), text)
